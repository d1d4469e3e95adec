"""The words and looks of the report of a day. Figures come from the page's own module."""

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 32px 28px 60px; background: #fff; color: #1d2330;
  font: 15px/1.5 "Helvetica Neue", Helvetica, Arial, sans-serif; }
h1 { font-size: 27px; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 19px; margin: 44px 0 8px; padding-bottom: 5px; border-bottom: 2px solid #1d2330; }
p { max-width: 76ch; margin: 8px 0; }
.faint, .note { color: #596273; }
.note { font-size: 13.5px; }
.warning { border-left: 4px solid #d9822b; background: #fdf5ea; padding: 8px 14px; margin: 12px 0; }
nav { margin: 16px 0 20px; font-size: 14px; }
nav a { margin-right: 16px; color: #25548c; }
dl.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(108px, 1fr)); gap: 10px;
  margin: 0; }
dl.counts div { border: 1px solid #d5d9e0; border-radius: 6px; padding: 9px 12px; }
dl.counts dt { color: #596273; font-size: 12.5px; }
dl.counts dd { margin: 0; font-size: 21px; font-variant-numeric: tabular-nums; }
.panels { display: grid; grid-template-columns: repeat(3, 1fr); gap: 16px 22px; margin-top: 12px;
  align-items: start; }
svg { max-width: 100%; height: auto; display: block; }
table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 10px 0; }
th { text-align: left; border-bottom: 1.5px solid #1d2330; padding: 5px 12px 5px 0; font-weight: 600; }
td { border-bottom: 1px solid #e2e5ea; padding: 5px 12px 5px 0; vertical-align: top;
  overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.word { white-space: nowrap; }
.passed { color: #1c6b3c; font-weight: 600; }
.failed { color: #a61b29; font-weight: 600; }
pre { background: #f5f6f8; border: 1px solid #e2e5ea; border-radius: 6px; padding: 12px 16px; font-size: 13px;
  white-space: pre-wrap; overflow-wrap: anywhere; }
td.mono { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 12.5px; }
.panels svg, tr, dl.counts div, figure { break-inside: avoid; }
figure { margin: 12px 0; }
h2 { break-after: avoid; }
@media (max-width: 760px) { .panels { grid-template-columns: 1fr; } }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } nav { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } @page { margin: 15mm; } }
"""

PAGE = (
    """{% macro nothing(told) %}<p>{{ told if day.candidates|length else "No candidates." }}</p>{% endmacro %}
{% macro share(value) %}{{ "unknown" if value is none else "%+.1f%%"|format(100 * value) }}{% endmacro %}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ day.spec.id }} {{ day.day }}</title>
<style>"""
    + STYLE
    + """</style>
</head>
<body>
<h1>{{ day.spec.id }}, {{ day.day }}</h1>
{% if day.spec.description %}<p class="faint">{{ day.spec.description }}</p>{% endif %}
{% for warning in day.warnings %}<p class="warning">{{ warning }}</p>{% endfor %}
<nav aria-label="Contents"><a href="#marginals">Columns</a><a href="#associations">Associations</a>
<a href="#projection">Projection</a><a href="#quarantine">Quarantine</a><a href="#gates">Gates</a>
<a href="#lift">Lift</a><a href="#recipe">Recipe</a><a href="#versions">Versions</a></nav>
<dl class="counts">
{% for name, count in day.counts.items() %}
<div><dt>{{ name }}</dt><dd>{{ "{:,}".format(count) }}</dd></div>
{% endfor %}
</dl>
{% if not day.candidates|length %}
<p class="warning">The day has no candidates, so there is nothing to compare with the real rows.</p>
{% endif %}

<h2 id="marginals">Columns: real parents and candidates</h2>
{% if marginals %}
<p>Each panel shows shares, so that groups of different sizes compare. A candidate should look like a parent
without repeating it: shapes agree, and no value appears that parents do not have.</p>
{{ svg(legend) }}
<div class="panels">
{% for one in marginals %}<div>{{ svg(one) }}</div>
{% endfor %}
</div>
<p class="note">Figures given in pairs are parents / candidates. Histograms end at the 98th percentile; the
share above is said. Categories of more than 20 values show the most frequent 15.
{% if copied %}Not shown, because they name rows or people and no recipe changes them:
{{ copied|join(", ") }}.{% endif %}</p>
{% else %}{{ nothing("No column has numbers, times or categories.") }}{% endif %}

<h2 id="associations">Associations: what the candidates changed</h2>
{% if heat %}
<p>Each cell is the strength of association of two columns among the candidates less that among their real
parents. Two numbers: Spearman's rank correlation. Two categories: Cramér's V, corrected for small samples. A
number and a category: the correlation ratio of its ranks, corrected likewise. Red is stronger than real, blue
weaker; grey cannot be told because a column is constant.</p>
<figure>{{ svg(heat) }}</figure>
<p class="note">With as many parents as this day has, differences up to about {{ "%.2f"|format(chance) }} may
be chance. {% if unseen %}{{ unseen }} further columns are not shown.{% endif %}</p>
{% else %}{{ nothing("There are not two columns to compare.") }}{% endif %}

<h2 id="projection">Projection: where the candidates lie</h2>
{% if plane %}
<p>Principal components of all numbers (standardised, long tails after a logarithm) and one-hot categories,
computed from the real rows. At most 700 rows of each group, chosen by their ids. Candidates should lie among
the rows of their class; those far inside the other rows are likely to be wrong examples.</p>
<figure>{{ svg(plane) }}</figure>
<p class="note">Distances in two dimensions mislead where the plane shows little of the variance; the gates
judge in all of them.</p>
{% else %}{{ nothing("Too few rows, or nothing in them varies.") }}{% endif %}

<h2 id="quarantine">Quarantine by reason</h2>
{% if held %}
<p>Stages: source is raw rows that fail the schema, recipe is made rows that the recipe's own filters refused,
augmented is candidates that a gate refused. A row with two reasons counts under both.</p>
<figure>{{ svg(bars) }}</figure>
<table><thead><tr><th>reason</th><th>stage</th><th class="number">rows</th></tr></thead><tbody>
{% for one in held %}<tr><td>{{ one.reason }}</td><td>{{ one.stage }}</td>
<td class="number">{{ "{:,}".format(one.rows) }}</td></tr>
{% endfor %}</tbody></table>
{% else %}<p>No row of the day is in quarantine.</p>{% endif %}

<h2 id="gates">Gates</h2>
{% if day.judgements %}
<table><thead><tr><th>gate</th><th>result</th><th class="number">value</th><th class="number">threshold</th>
<th>if it fails</th><th>reason</th></tr></thead><tbody>
{% for one in day.judgements %}
<tr><td>{{ one.gate }}</td>
<td class="word {{ "passed" if one.passed else "failed" }}">{{ "passed" if one.passed else "failed" }}</td>
<td class="number">{{ "%.4g"|format(one.value) }}</td>
<td class="number">{{ "%.4g"|format(one.threshold) }}</td>
<td class="word">{{ "day held back" if one.blocking else "warning" }}</td><td>{{ one.reason }}</td></tr>
{% endfor %}</tbody></table>
{% else %}<p>The gates have not judged these candidates.</p>{% endif %}

<h2 id="lift">Lift</h2>
{% if day.lift is none %}
<p>No proof of benefit is stored for this dataset, so nothing here says that a model gains by these rows. Run
<code>aug bench lift {{ day.spec.id }}</code>.</p>
{% else %}
{% if not same_recipe %}<p class="warning">The stored record belongs to another recipe than the one that made
these candidates. It says nothing about them.</p>{% endif %}
<p>A model trained with the recipe's rows against the best way to train without them
({{ day.lift.baseline }}), on real rows that the recipe never saw: the change of average precision, as a share
of the baseline's. An interval that holds 0 is no proof of a gain.</p>
<table><thead><tr><th class="number">lift</th><th class="number">95 % interval</th><th>baseline</th>
<th class="number">better in</th><th class="number">over duplicates</th><th>made at</th>
<th>recipe</th></tr></thead><tbody><tr><td class="number">{{ share(day.lift.lift) }}</td>
<td class="number">{{ share(day.lift.lift_low) }} to {{ share(day.lift.lift_high) }}</td>
<td>{{ day.lift.baseline }}</td><td class="number">{{ day.lift.wins }} of {{ day.lift.seeds }} seeds</td>
<td class="number">{{ share(day.lift.over_duplicate) }}</td>
<td>{{ day.lift.made_at.strftime("%Y-%m-%d %H:%M") }} UTC</td>
<td class="mono">{{ day.lift.recipe_digest[:16] }}</td></tr></tbody></table>
{% endif %}

<h2 id="recipe">Recipe</h2>
<p>As the dataset's file says it now; gates that it does not name judge with their defaults.</p>
<pre>{{ recipe }}</pre>

<h2 id="versions">Versions and digests</h2>
<p>Figures above were read at these versions of the lake's tables.</p>
<table><tbody>
{% for name, value in day.facts.items() %}<tr><td>{{ name }}</td><td class="mono">{{ value }}</td></tr>
{% endfor %}</tbody></table>
</body>
</html>
"""
)
