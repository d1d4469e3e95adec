"""The words and looks of an auditor's report. Figures come from the page's own module."""

from aug_assets.report.template import STYLE

AUDIT = (
    """{% macro short(text) %}<td class="mono" title="{{ text }}">{{ text[:16] }}</td>{% endmacro %}
{% macro count(value) %}{{ "{:,}".format(value) }}{% endmacro %}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Audit of {{ spec.id }}, {{ audit.asked[0] }} to {{ audit.asked[-1] }}</title>
<style>"""
    + STYLE
    + """
.verdict { border-radius: 6px; padding: 12px 16px; margin: 18px 0; font-weight: 600; }
.verdict.well { background: #e9f4ed; color: #1c6b3c; border: 1px solid #b9dcc6; }
.verdict.ill { background: #fbecee; color: #a61b29; border: 1px solid #ecc0c5; }
.wide { overflow-x: auto; }
h3 { font-size: 15.5px; margin: 26px 0 4px; }
ul.told { margin: 6px 0; padding-left: 20px; max-width: 90ch; }
pre.story { font-size: 12px; }
</style>
</head>
<body>
<h1>Audit of {{ spec.id }}</h1>
<p class="faint">{{ audit.asked[0] }} to {{ audit.asked[-1] }}. Made {{ audit.made_at }} UTC by
{{ audit.made_by }} from the lake's tables and the tenant's audit log; no row's values are shown.</p>
{% if spec.description %}<p class="faint">{{ spec.description }}</p>{% endif %}
<p class="verdict {{ "well" if well else "ill" }}">{{ verdict }}</p>
{% if audit.missing %}
<p class="warning">Not published: {{ audit.missing[:20]|join(", ") }}{% if audit.missing|length > 20 %}
and {{ audit.missing|length - 20 }} more{% endif %}.</p>
{% endif %}
{% for date, gate in audit.failed[:20] %}
<p class="warning">{{ date }} was published although the gate {{ gate.gate }} failed, because it only warns:
{{ gate.reason }}.</p>
{% endfor %}
<nav aria-label="Contents"><a href="#way">Way of the rows</a><a href="#publishes">Publishes</a>
<a href="#gates">Gates</a><a href="#quarantine">Quarantine and decisions</a><a href="#recipes">Recipes</a>
<a href="#rows">Traced rows</a><a href="#models">Models</a><a href="#log">Audit log</a>
<a href="#proof">Proof</a></nav>
<dl class="counts">
{% for name, value in audit.counts.items() %}
<div><dt>{{ name }}</dt><dd>{{ count(value) }}</dd></div>
{% endfor %}
</dl>

<h2 id="way">Way of the rows</h2>
<figure>{{ svg(way) }}</figure>
<figure>{{ svg(by_day) }}</figure>

<h2 id="publishes">Publishes: what was published, when, by whom, from what</h2>
<p>Each line is one commit of the published table. A day that was published again has a line for each; readers
get the one that is current. Digests are cut to 16 characters; the whole ones are in the log's records
<code>publish</code> and in the table's commits.</p>
<div class="wide"><table><thead><tr><th>day</th><th class="number">version</th><th>at (UTC)</th><th>by</th>
<th>run</th><th>digest of the rows</th><th>made of</th><th></th></tr></thead><tbody>
{% for one in audit.publishes %}
<tr><td>{{ one.date }}</td><td class="number">{{ one.stage.version }}</td>
<td class="word">{{ one.stage.at[:19].replace("T", " ") }}</td><td>{{ one.stage.info.user }}</td>
<td class="mono" title="{{ one.stage.info.run_id }}">{{ one.stage.info.run_id[:8] }}</td>
{{ short(one.digest) }}
<td class="word">source {{ one.stage.info.source_version }}, candidates
{{ one.stage.info.augmented_version }}</td>
<td class="word">{{ "current" if one.current else "replaced" }}</td></tr>
{% endfor %}</tbody></table></div>
<h3>What decides these rows</h3>
<p>The same recipe, dataset file, code and packages on the same source give the same bytes;
<code>aug verify {{ spec.id }} --date DAY</code> makes rows again and compares them.</p>
<table><thead><tr><th>what</th><th>digest</th><th>days</th></tr></thead><tbody>
{% for what, digest, days in makings %}<tr><td>{{ what }}</td><td class="mono">{{ digest }}</td>
<td>{{ days }}</td></tr>
{% endfor %}</tbody></table>

<h2 id="gates">Gates</h2>
{% if figures %}
<figure>{{ svg(gates) }}</figure>
<p>Of each gate the day with its highest figure. A blocking gate that fails keeps the day from being
published, so those here passed or only warn.</p>
<table><thead><tr><th>gate</th><th>if it fails</th><th class="number">days passed</th>
<th class="number">highest</th><th class="number">threshold</th><th>on</th><th>in its words</th></tr></thead>
<tbody>
{% for one in figures %}<tr><td>{{ one.gate }}</td>
<td class="word">{{ "day held back" if one.blocking else "warning" }}</td>
<td class="number {{ "passed" if one.passed == one.days else "failed" }}">{{ one.passed }} of
{{ one.days }}</td>
<td class="number">{{ one.value }}</td><td class="number">{{ one.threshold }}</td>
<td class="word">{{ one.date }}</td><td>{{ one.reason }}</td></tr>
{% endfor %}</tbody></table>
{% else %}<p class="warning">No verdict of these days is stored.</p>{% endif %}
{% if drifts %}
<h3>Drift of the source</h3>
<table><thead><tr><th>day</th><th>word</th><th>reason</th></tr></thead><tbody>
{% for date, one in drifts %}<tr><td>{{ date }}</td><td class="word">{{ one.word }}</td>
<td>{{ one.reason }}</td></tr>{% endfor %}</tbody></table>
{% endif %}

<h2 id="quarantine">Quarantine and decisions</h2>
{% if held %}
<figure>{{ svg(bars) }}</figure>
<table><thead><tr><th>reason</th><th>stage</th><th class="number">rows</th><th class="number">days</th></tr>
</thead><tbody>{% for reason, stage, rows, days in held %}
<tr><td>{{ reason }}</td><td>{{ stage }}</td><td class="number">{{ count(rows) }}</td>
<td class="number">{{ days }}</td></tr>{% endfor %}</tbody></table>
{% else %}<p>No row of these days was held back.</p>{% endif %}
<h3>Decisions by people</h3>
{% if audit.decisions %}
<table><thead><tr><th>at (UTC)</th><th>by</th><th>decision</th><th>row</th><th>day, stage</th>
<th>reason given</th></tr></thead><tbody>{% for one in audit.decisions %}
<tr><td class="word">{{ one.at[:19].replace("T", " ") }}</td><td>{{ one.by }}</td>
<td class="word">{{ one.action }}</td>{{ short(one.subject.get("row_id", "")) }}
<td class="word">{{ one.subject.get("date", "") }}, {{ one.subject.get("stage", "") }}</td>
<td>{{ one.why }}</td></tr>{% endfor %}</tbody></table>
{% else %}<p>Nobody released or rejected a row of these days.</p>{% endif %}

<h2 id="recipes">Recipes</h2>
{% for digest, text in release.recipes.items() %}
<h3>{{ digest }}</h3>
{% if text %}<pre>{{ text }}</pre>
{% else %}<p class="warning">The text of this recipe was not kept.</p>{% endif %}
{% endfor %}

<h2 id="rows">Traced rows</h2>
<p>The first made row by its id of the first and the last day, and one real parent, as
<code>aug trace ROW_ID</code> tells them. Any other row is traced the same way.</p>
{% for story, picture in stories %}
<h3>{{ story.kind }} row {{ story.row_id }}, {{ story.date }}</h3>
<div class="wide">{{ svg(picture) }}</div>
{% set lines = story.lines() %}<pre class="story">{{ lines[:14]|join("\n") }}{% if lines|length > 14 %}

  … {{ lines|length - 14 }} more lines: aug trace {{ story.row_id }} --dataset {{ spec.id }}{% endif %}</pre>
{% else %}<p>No row of these days can be traced.</p>
{% endfor %}

<h2 id="models">Models trained on these days</h2>
{% if audit.models %}
<table><thead><tr><th>model</th><th>version</th><th>day</th><th class="number">published version</th>
<th>digest</th><th>run</th><th>must not be used because</th></tr></thead><tbody>
{% for one in audit.models %}<tr><td>{{ one.model }}</td><td>{{ one.version }}</td><td>{{ one.date }}</td>
<td class="number">{{ one.validated_version }}</td>{{ short(one.digest) }}{{ short(one.run_id) }}
<td class="failed">{{ one.marked }}</td></tr>{% endfor %}</tbody></table>
{% else %}<p>The model ledger knows of none.</p>{% endif %}

<h2 id="log">Audit log</h2>
<p>{{ count(audit.records|length) }} records about {{ spec.id }} on these days{% if audit.records|length >
shown|length %}; the newest {{ count(shown|length) }} are shown, all by <code>aug audit show {{ spec.tenant
}}</code>{% endif %}. {% for action, number in actions %}{{ action }} {{ count(number) }}{{
", " if not loop.last else "." }}{% endfor %}</p>
<div class="wide"><table><thead><tr><th class="number">record</th><th>at (UTC)</th><th>action</th><th>by</th>
<th>about</th><th>why</th></tr></thead><tbody>
{% for one in shown %}<tr><td class="number">{{ one.seq }}</td>
<td class="word">{{ one.at[:19].replace("T", " ") }}</td><td class="word">{{ one.action }}</td>
<td>{{ one.by }}</td><td class="mono">{{ about(one) }}</td><td>{{ one.why }}</td></tr>
{% endfor %}</tbody></table></div>

<h2 id="proof">Proof</h2>
<p>What verifying the tenant's log found when this report was made. Checkpoints are signed roots of the Merkle
tree over all records; without one that somebody else keeps, a log that was written anew as a whole would not
show. <code>aug audit verify {{ spec.tenant }} --public-key FILE</code> repeats it offline.</p>
<table><thead><tr><th>part</th><th>result</th><th>seen</th></tr></thead><tbody>
{% for one in audit.proof %}<tr><td>{{ one.part }}</td>
<td class="word {{ "passed" if one.well else "failed" }}">{{ "holds" if one.well else "does not hold" }}</td>
<td>{{ one.told }}</td></tr>{% endfor %}</tbody></table>
<h3>What this page does not show</h3>
<ul class="told"><li>It is not signed itself: <code>aug card {{ spec.id }}</code> makes a signed statement of
the same days.</li><li>It says what was recorded. Whether published rows are still those of their digests is
for <code>aug verify</code>.</li>
<li>Records younger than the last checkpoint rest on the chain alone.</li></ul>
</body>
</html>
"""
)
