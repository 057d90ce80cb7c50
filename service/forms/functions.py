"""Functions that expressions of a form may call.

Those of JavaRosa (XPathFuncExpr, and the handlers that FormDef and Collect add), and those that
Enketo knows besides: what Collect lacks of them, some phone still opens.
"""

from __future__ import annotations

_JAVAROSA = frozenset({
    "if", "coalesce", "indexed-repeat", "true", "false", "boolean", "number", "int", "round",
    "string", "date", "date-time", "decimal-date-time", "decimal-time", "not",
    "boolean-from-string", "format-date", "format-date-time", "abs", "acos", "asin", "atan",
    "atan2", "cos", "exp", "exp10", "log", "log10", "pi", "sin", "sqrt", "tan", "pow", "random",
    "selected", "is-selected", "count-selected", "selected-at", "position", "count",
    "count-non-empty", "sum", "max", "min", "today", "now", "concat", "join", "substr",
    "substring-before", "substring-after", "translate", "contains", "starts-with", "ends-with",
    "string-length", "normalize-space", "checklist", "weighted-checklist", "regex", "depend",
    "once", "uuid", "version", "property", "enclosed-area", "area", "distance", "geofence",
    "digest", "randomize", "base64-decode", "extract-signed", "instance", "current",
})  # fmt: skip
_HANDLERS = frozenset({"jr:itext", "jr:choice-name", "pulldata"})
_ENKETO = frozenset({
    "last", "name", "local-name", "namespace-uri", "id", "lang", "substring", "floor", "ceiling",
    "intersects", "comment-status",
})  # fmt: skip
FUNCTIONS = _JAVAROSA | _HANDLERS | _ENKETO
