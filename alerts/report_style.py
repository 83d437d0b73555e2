"""How a shift's report looks, on paper first."""

from __future__ import annotations

STYLE = """
@page { size: A4; margin: 14mm 12mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 190mm; padding: 8mm 4mm; color: #1a1f26; background: #fff;
  font: 10.5pt/1.5 "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC",
  "Microsoft YaHei", sans-serif; }
header { display: flex; justify-content: space-between; align-items: flex-end; padding-bottom: 6px;
  border-bottom: 2px solid #1a1f26; }
h1 { font-size: 18pt; margin: 0; line-height: 1.2; }
header p { margin: 0; color: #56606c; font-size: 9.5pt; text-align: right; }
h2 { font-size: 12pt; margin: 16px 0 6px; padding-left: 8px; border-left: 4px solid #2b6cb0; break-after: avoid; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 10px 0 0; }
dl.facts dt { color: #56606c; } dl.facts dd { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; }
.figures div { border: 1px solid #c9d1da; border-radius: 4px; padding: 6px 10px; break-inside: avoid; }
.figures b { display: block; font-size: 18pt; line-height: 1.15; font-variant-numeric: tabular-nums; }
.figures span { color: #56606c; font-size: 9pt; }
p.by { margin: 8px 0 0; } p.none { color: #56606c; margin: 4px 0; }
table { width: 100%; border-collapse: collapse; font-size: 9pt; line-height: 1.4; }
th, td { text-align: left; vertical-align: top; padding: 4px 6px; border-bottom: 1px solid #d5dbe2;
  overflow-wrap: anywhere; }
th { background: #eef2f6; font-weight: 600; border-bottom: 1px solid #9aa5b1; white-space: nowrap; }
thead { display: table-header-group; } tr { break-inside: avoid; }
td.t { white-space: nowrap; font-variant-numeric: tabular-nums; } td.n { white-space: nowrap; }
td small { color: #56606c; display: block; }
.critical, .high { font-weight: 700; } .critical { color: #b3141d; } .high { color: #b45309; }
.late { color: #b3141d; }
.sign { display: grid; grid-template-columns: 1fr 1fr; gap: 24px; margin-top: 18px; break-inside: avoid; }
.sign div { border-top: 1px solid #1a1f26; padding-top: 4px; margin-top: 34px; color: #56606c; font-size: 9pt; }
@media print { body { padding: 0; max-width: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
