// A picture of the table inside a figure: first column names, second values. The table stays, for whoever reads it.
"use strict";
for (const figure of document.querySelectorAll("figure[data-chart]")) {
  const table = figure.querySelector("table");
  const rows = [...table.tBodies[0].rows].map((row) => [row.cells[0].textContent.trim(), parseFloat(row.cells[1].textContent)]);
  if (!rows.length || !window.echarts) continue;
  const canvas = document.createElement("div");
  canvas.className = "chart";
  canvas.style.height = 16 + rows.length * 34 + "px";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", rows.map(([name, value]) => name + " " + value).join("; "));
  figure.prepend(canvas);
  const chart = echarts.init(canvas, null, { renderer: "canvas" });
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  chart.setOption({
    animation: !still, color: ["#0a5dab"], grid: { left: 8, right: 48, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: "value", show: false },
    yAxis: { type: "category", inverse: true, data: rows.map(([name]) => name), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: "#17212b", width: 180, overflow: "break" } },
    series: [{ type: "bar", data: rows.map(([, value]) => value), barMaxWidth: 22, label: { show: true, position: "right", color: "#17212b" } }],
  });
  new ResizeObserver(() => chart.resize()).observe(canvas);
}
