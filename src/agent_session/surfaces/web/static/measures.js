// Draws each chart of the measures from the table below them: the numbers stand there, and only
// there.
"use strict";

const COLOURS = ["--blue", "--p3"];
const HEIGHT = 180;
const NARROWEST = 240;
const SHOWN = {
  share: (value) => `${Math.round(value * 100)} %`,
  seconds: inSeconds,
  count: (value) => String(value),
};

function inSeconds(value) {
  for (const [unit, length] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (value >= length) return `${Math.round(value / length * 10) / 10} ${unit}`;
  }
  return `${Math.round(value * 10) / 10} s`;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function numbers() {
  const rows = Array.from(document.querySelectorAll("#trends tbody tr"));
  const column = (at) => rows.map((row) => {
    const text = row.querySelectorAll("td")[at].dataset.value;
    return text === "" ? null : Number(text);
  });
  return { starts: rows.map((row) => Number(row.dataset.start)), column };
}

function draw(figure, table) {
  const columns = figure.dataset.columns.split(" ").map(Number);
  const targets = figure.dataset.targets.split(" ").filter(Boolean).map(Number);
  const headings = document.querySelectorAll("#trends thead th");
  const shown = SHOWN[figure.dataset.unit];
  const label = (_, value) => (value === null ? "–" : shown(value));
  const lines = columns.map((at, place) => ({
    label: headings[at + 1].textContent,
    stroke: colour(COLOURS[place]),
    width: 2,
    points: { show: true, size: 6, fill: colour(COLOURS[place]) },
    value: label,
  }));
  const aims = targets.map((_, place) => ({
    label: targets.length > 1 ? `target ${place + 1}` : "target",
    stroke: colour("--soft"),
    width: 1,
    dash: [5, 5],
    points: { show: false },
    value: label,
  }));
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const top = figure.dataset.unit === "share" ? 1 : 0;
  const place = figure.querySelector(".plot");
  const size = () => ({ width: Math.max(place.clientWidth, NARROWEST), height: HEIGHT });
  figure.chart = new uPlot(
    {
      ...size(),
      series: [{ label: headings[0].textContent }, ...lines, ...aims],
      axes: [axis, { ...axis, size: 64, values: (_, ticks) => ticks.map(shown) }],
      scales: { y: { range: (_, low, high) => [0, Math.max(top, (high || 0) * 1.1, 0.001)] } },
      cursor: { drag: { x: false, y: false } },
    },
    [table.starts, ...columns.map(table.column), ...targets.map((value) => table.starts.map(() => value))],
    place,
  );
  new ResizeObserver(() => figure.chart.setSize(size())).observe(place);
}

document.addEventListener("DOMContentLoaded", () => {
  const table = numbers();
  document.querySelectorAll(".charts figure").forEach((figure) => draw(figure, table));
  document.getElementById("undrawn").hidden = true;
});
