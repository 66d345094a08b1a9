"""The style of the page that `gatepost headers --html` writes."""

from typing import Final

PAGE_STYLE: Final = """
:root {
  color-scheme: light dark; --ground: #ffffff; --ink: #1b2126; --quiet: #55606a; --line: #d5dad9; --track: #d5dad9;
  --accent: #0b5cad; --good: #1c6e33; --warn: #875300; --bad: #a4161a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161a; --ink: #e8ecef; --quiet: #a9b4bd; --line: #343e47; --track: #343e47; --accent: #83bcf7;
    --good: #7fd495; --warn: #f0c06a; --bad: #ff9d9f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere;
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC",
    "Microsoft YaHei", sans-serif;
}
:lang(zh-Hant) body {
  font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK TC", "PingFang TC",
    "Microsoft JhengHei", sans-serif;
}
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 3vw, 2rem) 4rem; }
h1 { margin: 0 0 1rem; font-size: 1.25rem; font-weight: 650; }
h2 { margin: 1.75rem 0 0.5rem; font-size: 1.0625rem; font-weight: 650; }
h3 { margin: 1rem 0 0.25rem; font-size: 0.9375rem; font-weight: 650; }
code { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.875em; }
.verdict { margin: 0 0 0.5rem; font-size: 1.125rem; font-weight: 650; }
.good { color: var(--good); }
.quiet { color: var(--quiet); }
figure { margin: 1rem 0; overflow-x: auto; }
figure svg { display: block; width: 100%; min-width: 44rem; max-width: 60rem; }
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
th, td { padding: 0.375rem 0.75rem 0.375rem 0; border-bottom: 1px solid var(--line); text-align: start; }
th, td { vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; }
tbody th { font-weight: 600; white-space: nowrap; }
.report table:not(.hops) tbody th { width: 13rem; white-space: normal; }
.hops th, .hops td:nth-child(1), .hops td:nth-child(5), .hops td:nth-child(6) { white-space: nowrap; }
.claimed td:nth-child(5) { color: var(--warn); }
.suspect td:nth-child(5) { color: var(--bad); font-weight: 650; }
.share { display: block; width: 7rem; height: 0.5rem; }
.share .track { fill: var(--track); }
.share .bar { fill: var(--accent); }
.findings { padding: 0; list-style: none; }
.findings li { margin: 0 0 0.375rem; padding-inline-start: 0.75rem; border-inline-start: 3px solid var(--quiet); }
.findings .warning { border-color: var(--warn); }
.findings .warning strong { color: var(--warn); }
.findings .error { border-color: var(--bad); }
.findings .error strong { color: var(--bad); }
summary { margin-top: 1.75rem; font-size: 1.0625rem; font-weight: 650; cursor: pointer; }
.report + .report { margin-top: 3rem; padding-top: 1.5rem; border-top: 3px solid var(--line); }
@media print { details::details-content { content-visibility: visible; } figure { overflow: visible; } }
"""
