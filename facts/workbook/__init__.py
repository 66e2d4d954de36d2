"""Workbooks to sheets: the parts of an XLSX file, its cells with their formats, and the tables they hold."""
