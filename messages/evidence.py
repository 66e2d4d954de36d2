"""Sentences about bundles, about judging them again, and about marked workbooks: code to Chinese and English."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    # a bundle that cannot be used
    "bundle.missing-manifest": (
        "不是达标证据包：缺少 {expected}",
        "not a bundle of evidence: it has no {expected}",
    ),
    "bundle.bad-manifest": (
        "证据包清单有误：{reason}",
        "the manifest of the bundle is malformed: {reason}",
    ),
    "bundle.other-format": (
        "证据包格式为 {found}，本程序只认 {expected}",
        "the bundle has the format {found}; this program knows {expected}",
    ),
    "bundle.not-a-file": ("证据包中的 {found} 不是普通文件", "{found} in the bundle is not an ordinary file"),
    "bundle.changed": (
        "核查期间输入文件有变动，证据包未生成：请重新核查",
        "an input was changed while it was judged, so no bundle is written: check again",
    ),
    # what is wrong with the files of a bundle
    "bundle.altered": (
        "与清单不符，已被改动（SHA-256 应为 {expected}，实为 {found}）",
        "altered: the manifest says SHA-256 {expected}, the file has {found}",
    ),
    "bundle.size": (
        "与清单不符（清单为 {expected} 字节，实为 {found} 字节）",
        "differs from the manifest, which says {expected} bytes; the file has {found}",
    ),
    "bundle.not-shipped": (
        "清单称这是程序自带的规划“{found}”，与此处自带的不同",
        "the manifest says that this is the plan '{found}' which comes with the program; the one here is different",
    ),
    "bundle.missing": ("清单中有，包中没有", "missing: the manifest names it, the bundle does not have it"),
    "bundle.added": ("包中有，清单中没有", "added: the bundle has it, the manifest does not name it"),
    # how a new judgement differs
    "bundle.verdict": (
        "{commitment} · {subject} · {year} 年：包中为“{before}”，重新判定为“{after}”",
        "{commitment} · {subject} · {year}: the bundle says {before}, judged again it is {after}",
    ),
    "bundle.only-stored": (
        "{commitment} · {subject} · {year} 年：包中有此结论（{before}），重新判定没有",
        "{commitment} · {subject} · {year}: the bundle has this finding ({before}), judging again gives none",
    ),
    "bundle.only-now": (
        "{commitment} · {subject} · {year} 年：重新判定有此结论（{after}），包中没有",
        "{commitment} · {subject} · {year}: judging again gives this finding ({after}), the bundle has none",
    ),
    "bundle.finding": (
        "{commitment} · {subject} · {year} 年：{field} 包中为 {before}，重新判定为 {after}",
        "{commitment} · {subject} · {year}: {field} is {before} in the bundle, and {after} judged again",
    ),
    "bundle.field": (
        "{field}：包中为 {before}，重新判定为 {after}",
        "{field}: {before} in the bundle, {after} judged again",
    ),
    "bundle.not-json": ("不是可读的 JSON，无法比较", "not readable JSON, so it cannot be compared"),
    "bundle.form": ("内容相同，写法不同", "the same content, written in another way"),
    "bundle.report": ("与重新生成的报告不同", "differs from the report made again"),
    "bundle.exit-code": (
        "清单中的退出码为 {before}，重新判定为 {after}",
        "the exit code in the manifest is {before}; judged again it is {after}",
    ),
    # notes
    "bundle.version": (
        "证据包由 {name} {before} 生成，此处为 {after}：差异可能由此而来",
        "the bundle was made with {name} {before}; here it is {after}: a difference may be due to that",
    ),
    "bundle.limits": (
        "证据包在另一组上限下生成（{before}），此处为 {after}：请用同样的 --limit 再核",
        "the bundle was made under other limits ({before}; here {after}): verify it with the same --limit",
    ),
    # the report of a verification
    "verify.title": ("证据包 {file}", "bundle {file}"),
    "verify.sha256": ("SHA-256 {sha256}", "SHA-256 {sha256}"),
    "verify.files": ("文件 {count} 个", "{count} files"),
    "verify.asked": ("规划 {plan}，{year} 年，报表：{sheets}", "plan {plan}, year {year}, sheets: {sheets}"),
    "verify.contents": ("文件与清单不符 {count} 处", "files that differ from the manifest: {count}"),
    "verify.differences": ("重新判定的差异 {count} 处", "differences when judged again: {count}"),
    "verify.more": ("……另有 {count} 处", "... and {count} more"),
    "verify.fine": (
        "核验通过：全部文件与清单一致，重新判定得到逐字节相同的结论（{findings} 条）",
        "verified: every file is as in the manifest, and judging again gives the same {findings} findings, byte by byte",
    ),
    "verify.wrong": ("核验不通过", "not verified"),
    # marked workbooks
    "marked.cannot-load": (
        "工作簿可以读取，但无法标注后写回（{reason}）；请用 -o text 或 -o json",
        "the workbook can be read, but not marked and written back ({reason}); use -o text or -o json",
    ),
    "marked.sort": ("类型", "sort"),
    "marked.problem": ("错误", "error"),
    "marked.warning": ("警告", "warning"),
    "marked.place": ("位置", "place"),
    "marked.subject": ("对象", "subject"),
    "marked.commitment": ("承诺", "commitment"),
    "marked.sentence": ("说明", "what"),
    "marked.clause": ("依据", "clause"),
    "marked.author": ("达标", "Dabiao"),
    "marked.more": ("……另有 {count} 条，见“{sheet}”", "... and {count} more, see '{sheet}'"),
}
