"""The style of the picture: colours for light and dark, by custom properties that a page may set anew."""

from typing import Final

PICTURE_CLASS: Final = "gatepost-way"

# Contrast as in the admin centre: 4.5:1 for text, 3:1 for lines.
PICTURE_STYLE: Final = """
.gatepost-way {
  --way-ink: #1b2126; --way-quiet: #55606a; --way-paper: #ffffff; --way-edge: #77828b; --way-track: #d5dad9;
  --way-accent: #0b5cad; --way-own: #e4eefa; --way-good: #1c6e33; --way-warn: #875300; --way-bad: #a4161a;
  --way-ground: #f8f9f9;
  font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei",
    sans-serif;
}
.gatepost-way:lang(zh-Hant) {
  font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK TC", "PingFang TC",
    "Microsoft JhengHei", sans-serif;
}
@media (prefers-color-scheme: dark) {
  .gatepost-way {
    --way-ink: #e8ecef; --way-quiet: #a9b4bd; --way-paper: #1b2126; --way-edge: #7d8993; --way-track: #343e47;
    --way-accent: #83bcf7; --way-own: #1c3147; --way-good: #7fd495; --way-warn: #f0c06a; --way-bad: #ff9d9f;
    --way-ground: #12161a;
  }
}
.gatepost-way text { fill: var(--way-ink); font-size: 13px; }
.gatepost-way .quiet { fill: var(--way-quiet); font-size: 11px; }
.gatepost-way .role { font-size: 12px; font-weight: 650; }
.gatepost-way .verdict { font-size: 15px; font-weight: 650; }
.gatepost-way .middle { text-anchor: middle; }
.gatepost-way .end { text-anchor: end; }
.gatepost-way .ground { fill: var(--way-ground); }
.gatepost-way .card { fill: var(--way-paper); stroke: var(--way-edge); stroke-width: 1.5; }
.gatepost-way .own .card { fill: var(--way-own); stroke: var(--way-accent); }
.gatepost-way .claimed .card { stroke: var(--way-warn); stroke-dasharray: 6 4; }
.gatepost-way .suspect .card { stroke: var(--way-bad); stroke-width: 2.5; stroke-dasharray: 2 3; }
.gatepost-way .left-out .card { fill: none; stroke-dasharray: 1 5; }
.gatepost-way .line, .gatepost-way .mark { fill: none; stroke: var(--way-edge); stroke-width: 1.5; }
.gatepost-way .head { fill: var(--way-edge); }
.gatepost-way .track { fill: var(--way-track); }
.gatepost-way .bar { fill: var(--way-accent); }
.gatepost-way .mark { stroke-linecap: round; stroke-linejoin: round; }
.gatepost-way .good .mark { stroke: var(--way-good); }
.gatepost-way .warn .mark { stroke: var(--way-warn); }
.gatepost-way .bad .mark { stroke: var(--way-bad); }
.gatepost-way .good text, .gatepost-way text.good { fill: var(--way-good); }
.gatepost-way .warn text, .gatepost-way text.warn { fill: var(--way-warn); }
.gatepost-way .bad text, .gatepost-way text.bad { fill: var(--way-bad); }
"""
