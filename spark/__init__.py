"""Dabiao inside Spark: the parts of a data set judged by the workers of a cluster, by the function that judges them here.

from dabiao.spark import check

found = check(spark, "care.plan.yaml", {"home": homes}, "/shared/found", head={"registers": {"home": "complete"}})
found.findings.groupBy("commitment", "verdict").count().show()
"""

from dabiao.spark.frames import Checked, check
from dabiao.spark.parts import Spark

__all__ = ["Checked", "Spark", "check"]
