// The charts of the page, drawn by Apache ECharts as SVG; build/site bundles only the parts imported here.
// Colours come from the stylesheet's custom properties, so that light, dark and print have one source.
import { init, getInstanceByDom, use } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, AriaComponent, GridComponent, TooltipComponent, SVGRenderer]);

const number = new Intl.NumberFormat("en-US");

const reviews = (n) => `${number.format(n)} ${n === 1 ? "review" : "reviews"}`;

// strong returns the HTML of a name, for a tooltip. A file or a run may be called anything.
function strong(name) {
  const shown = document.createElement("b");
  shown.textContent = name;
  return shown.outerHTML;
}

// labelsWidth returns the width that the labels of an axis take. The library's own method
// (containLabel) lays out each axis twice, which is a third of the time of a chart.
const ruler = document.createElement("canvas").getContext("2d");
function labelsWidth(labels, theme) {
  ruler.font = `${theme.text.fontSize}px ${theme.font}`;
  return 12 + Math.ceil(Math.max(...labels.map((label) => ruler.measureText(label).width)));
}

// histogram: counts are in bins of equal width over the probability from 0 to 1; probabilities in
// [low, high) of band are unsure. An empty band is unknown: no bar has a sentiment's colour then.
function histogram({ counts, band }, theme) {
  const n = counts.length;
  const percent = (i) => Math.round((100 * i) / n);
  return {
    grid: { left: labelsWidth([number.format(2 * Math.max(...counts))], theme), right: 12, top: 12, bottom: 43 },
    tooltip: { ...theme.tooltip, trigger: "axis", axisPointer: { type: "shadow", z: 1, shadowStyle: { color: theme.shade } },
      formatter: ([bar]) => `${percent(bar.dataIndex)}–${percent(bar.dataIndex + 1)}% positive<br><b>${reviews(bar.value)}</b>` },
    xAxis: { type: "category", data: counts.map((_, i) => percent(i)), boundaryGap: true, name: "probability of being positive, %", nameLocation: "middle", nameGap: 28,
      nameTextStyle: theme.text, axisLabel: { ...theme.text, interval: Math.max(0, n / 10 - 1) }, axisTick: { show: false }, axisLine: theme.line },
    yAxis: { type: "value", minInterval: 1, splitNumber: 3, axisLabel: { ...theme.text, formatter: (v) => number.format(v) }, splitLine: theme.grid },
    series: [{ type: "bar", barCategoryGap: "12%", data: counts.map((value, i) => ({ value, itemStyle: { color: shade((i + 0.5) / n, band, theme), borderRadius: [2, 2, 0, 0] } })) }],
  };
}

// shade returns the colour of a probability's sentiment.
const shade = (p, [low, high], theme) => (low === high ? theme.quiet.color : p < low ? theme.negative : p >= high ? theme.positive : theme.unsure);

// read returns how many rows the model can read; count is the number with a sentiment; unread ones
// are not unsure here.
const read = (c) => c.rows - (c.unread || 0);
const count = (c, name) => c[name] - (name === "unsure" && c.unread || 0);

// stars: data are five counts, from one star up, with their shares in whole percents that sum to
// 100.
function stars(counts, theme, width) {
  const narrowest = 36 / Math.max(1, width - 150); // minimum share whose bar has room for its number
  const names = ["negative", "unsure", "positive"];
  const labels = counts.map((_, i) => `${i + 1} ★`);
  const rows = counts.map((c) => (read(c) ? reviews(read(c)) : "none"));
  const share = (c, name) => count(c, name) / (read(c) || 1);
  return {
    grid: { left: labelsWidth(labels, theme), right: labelsWidth(rows, theme), top: 4, bottom: 25 },
    tooltip: { ...theme.tooltip, trigger: "axis", axisPointer: { type: "shadow", z: 1, shadowStyle: { color: theme.shade } },
      formatter: ([bar]) => {
        const c = counts[bar.dataIndex];
        return `<b>${labels[bar.dataIndex]}</b>, ${reviews(read(c))}<br>` +
          names.toReversed().map((n) => `${number.format(count(c, n))} ${n}`).join("<br>");
      } },
    xAxis: { type: "value", max: 1, splitNumber: width < 480 ? 2 : 5, axisLabel: { ...theme.text, hideOverlap: true, formatter: (v) => Math.round(v * 100) + "%" }, splitLine: theme.grid },
    yAxis: [
      { type: "category", data: labels, axisLabel: theme.text, axisTick: { show: false }, axisLine: { show: false } },
      { type: "category", data: rows, position: "right",
        axisLabel: theme.quiet, axisTick: { show: false }, axisLine: { show: false } },
    ],
    series: names.map((name, of) => ({
      name, type: "bar", stack: "all", barWidth: "62%", itemStyle: { color: theme[name], borderColor: theme.paper, borderWidth: 1 },
      label: { show: true, position: "inside", color: theme.on, fontSize: 12, fontFamily: theme.font,
        formatter: ({ value, dataIndex }) => (value >= narrowest ? counts[dataIndex].percents[of] : "") },
      data: counts.map((c) => share(c, name)),
    })),
  };
}

// trend: the share of positive reviews in each period, its interval as a band, and bars of how many below.
function trend({ labels, periods }, theme, width) {
  const percent = (share) => Math.round(share * 100) + "%";
  const of = (value) => periods.map((p) => (read(p) ? value(p) : null));
  const most = Math.max(...periods.map(read));
  const axis = { type: "category", data: labels, axisTick: { show: false }, axisLine: theme.line };
  const beyond = (labelsWidth(labels, theme) - 12 - (width - 60) / labels.length) / 2; // overhang of the last label to the right of its bar
  const bounds = { left: 48, right: Math.max(12, Math.ceil(beyond)), outerBoundsMode: "none" }; // else that label would move only the lower chart
  const band = { type: "line", stack: "band", symbol: "none", silent: true, lineStyle: { opacity: 0 } };
  return {
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    grid: [{ ...bounds, top: 12, height: 150 }, { ...bounds, top: 180, height: 44 }],
    tooltip: { ...theme.tooltip, trigger: "axis", axisPointer: { type: "line", lineStyle: { color: theme.grid.lineStyle.color } },
      formatter: ([{ dataIndex }]) => {
        const { share } = periods[dataIndex], rows = read(periods[dataIndex]);
        return `${strong(labels[dataIndex])}, ${reviews(rows)}` +
          (rows ? `<br>${percent(share.share)} positive (${percent(share.low)} to ${percent(share.high)})` : "");
      } },
    xAxis: [{ ...axis, axisLabel: { show: false } }, { ...axis, gridIndex: 1, axisLabel: { ...theme.text, hideOverlap: true } }],
    yAxis: [
      { type: "value", min: 0, max: 1, interval: 0.25, axisLabel: { ...theme.text, formatter: percent }, splitLine: theme.grid },
      { type: "value", gridIndex: 1, min: 0, max: most, interval: most, splitLine: { show: false },
        axisLabel: { ...theme.quiet, formatter: (v) => (v ? number.format(v) : "") } }, // a 0 would overlap the first day
    ],
    series: [
      { ...band, data: of((p) => p.share.low) },
      { ...band, data: of((p) => p.share.high - p.share.low), areaStyle: { color: theme.positive, opacity: 0.16 } },
      { type: "line", data: of((p) => p.share.share), symbol: periods.length > 40 ? "none" : "circle", symbolSize: 5, connectNulls: true,
        itemStyle: { color: theme.positive }, lineStyle: { color: theme.positive, width: 2 } },
      { type: "bar", xAxisIndex: 1, yAxisIndex: 1, barCategoryGap: "20%", data: periods.map(read), itemStyle: { color: theme.unsure } },
    ],
  };
}

// runs: like trend, for runs instead of periods. A line joins those of one source, by their
// indices; each has its interval.
function runs({ labels, periods, sources }, theme, width) {
  const of = (value, has = () => true) => periods.map((p, i) => (read(p) && has(i) ? value(p.share) : null));
  const thin = { type: "bar", stack: "interval", barWidth: 6, silent: true };
  const chart = trend({ labels, periods }, theme, width);
  const room = (width - 60) / labels.length; // of a label; if too narrow, some are omitted
  if (room > 48) {
    Object.assign(chart.xAxis[1].axisLabel, { interval: 0, hideOverlap: false, width: room - 8, overflow: "truncate" });
    chart.grid.forEach((grid) => (grid.right = 12));
  }
  chart.series.splice(0, 3,
    { ...thin, data: of((s) => s.low), itemStyle: { color: "transparent" } },
    { ...thin, data: of((s) => s.high - s.low), itemStyle: { color: theme.positive, opacity: 0.25 } },
    ...sources.map((source) => ({
      type: "line", data: of((s) => s.share, (i) => source.includes(i)), symbol: "circle", symbolSize: 7, connectNulls: true,
      itemStyle: { color: theme.positive }, lineStyle: { color: theme.positive, width: 2 },
    })));
  return chart;
}

// groups: data are values of a column, each with the share of its positive reviews: a point, and
// its interval as a bar.
function groups(values, theme, width) {
  const percent = (share) => Math.round(share * 100) + "%";
  const of = (value) => values.map((v) => (read(v) ? value(v.share) : null));
  const thin = { type: "bar", stack: "interval", barWidth: 10, silent: true };
  const beyond = { margin: 14 }; // than the point of a share of 0% or 100%
  return {
    grid: { left: 4, right: 12, top: 4, bottom: 4, containLabel: true },
    tooltip: { ...theme.tooltip, trigger: "axis", axisPointer: { type: "shadow", z: 1, shadowStyle: { color: theme.shade } },
      formatter: ([{ dataIndex }]) => {
        const { share } = values[dataIndex], rows = read(values[dataIndex]);
        return `${strong(values[dataIndex].name)}, ${reviews(rows)}` + (rows ? `<br>${percent(share.share)} positive (${percent(share.low)} to ${percent(share.high)})` : "");
      } },
    xAxis: { type: "value", min: 0, max: 1, splitNumber: width < 480 ? 2 : 5, axisLabel: { ...theme.text, hideOverlap: true, formatter: percent }, splitLine: theme.grid },
    yAxis: [
      { type: "category", inverse: true, data: values.map((v) => v.name), axisTick: { show: false }, axisLine: { show: false },
        axisLabel: { ...theme.text, ...beyond, width: width < 480 ? 96 : 200, overflow: "truncate" } },
      { type: "category", inverse: true, data: values.map(read).map((n) => (width < 480 ? number.format(n) : reviews(n))), position: "right",
        axisLabel: { ...theme.quiet, ...beyond }, axisTick: { show: false }, axisLine: { show: false } },
    ],
    series: [
      { ...thin, data: of((s) => s.low), itemStyle: { opacity: 0 } },
      { ...thin, data: of((s) => s.high - s.low), itemStyle: { color: theme.positive, opacity: 0.25, borderRadius: 5 } },
      { type: "line", data: of((s) => s.share), symbol: "circle", symbolSize: 10, silent: true, lineStyle: { opacity: 0 }, itemStyle: { color: theme.positive } },
    ],
  };
}

// topic: how many reviews mention it in each period, those that complain at the bottom of each bar.
function topic({ labels, periods }, theme) {
  const most = Math.max(1, ...periods.map((p) => p.reviews));
  const bar = { type: "bar", stack: "all", barCategoryGap: "20%" };
  return {
    grid: { left: labelsWidth([number.format(most)], theme), right: 12, top: 12, bottom: 25 },
    tooltip: { ...theme.tooltip, trigger: "axis", axisPointer: { type: "shadow", z: 1, shadowStyle: { color: theme.shade } },
      formatter: ([{ dataIndex }]) => {
        const { reviews: all, negative } = periods[dataIndex];
        return `<b>${labels[dataIndex]}</b>, ${reviews(all)}` +
          (all ? `<br>${number.format(negative)} ${negative === 1 ? "complains" : "complain"} (${Math.round(100 * negative / all)}%)` : "");
      } },
    xAxis: { type: "category", data: labels, axisTick: { show: false }, axisLine: theme.line, axisLabel: { ...theme.text, hideOverlap: true } },
    yAxis: { type: "value", min: 0, max: most, minInterval: 1, splitNumber: 3, axisLabel: { ...theme.quiet, formatter: (v) => (v ? number.format(v) : "") }, splitLine: theme.grid },
    series: [
      { ...bar, data: periods.map((p) => p.negative), itemStyle: { color: theme.negative } },
      { ...bar, data: periods.map((p) => p.reviews - p.negative), itemStyle: { color: theme.unsure } },
    ],
  };
}

const kinds = { histogram, stars, trend, runs, groups, topic };

// paper is an element with the light colours, whatever the screen's are.
const paper = document.createElement("div");
paper.className = "light";
paper.hidden = true;
document.body.append(paper);

function theme(from = document.documentElement) {
  const style = getComputedStyle(from);
  const token = (name) => style.getPropertyValue("--" + name).trim();
  const font = getComputedStyle(document.body).fontFamily;
  const text = { color: token("ink"), fontFamily: font, fontSize: 13 };
  return {
    positive: token("positive"), negative: token("negative"), unsure: token("unsure"), on: token("on-sentiment"),
    paper: token("paper"), shade: token("hover"), font, text,
    quiet: { ...text, color: token("quiet") },
    line: { lineStyle: { color: token("edge") } },
    grid: { lineStyle: { color: token("line") } },
    tooltip: { backgroundColor: token("paper"), borderColor: token("edge"), textStyle: text, confine: true, transitionDuration: 0 },
  };
}

// The observer also reports a chart's initial size: resizing to that would draw it twice.
const resizeObserver = new ResizeObserver((entries) => entries.forEach(({ target }) => {
  const chart = getInstanceByDom(target);
  if (!chart || (chart.getWidth() === target.clientWidth && chart.getHeight() === target.clientHeight)) return;
  chart.resize();
  if (chart.kind && target.clientWidth && !matchMedia("print").matches) chart.setOption({ animation: false, ...kinds[chart.kind](chart.data, theme(), target.clientWidth) }, { notMerge: chart.kind === "runs" });
}));

// A browser compiles the library's code on first use, which takes most of the time of the first
// chart. To split that long task, an invisible chart of a single bar is drawn before it.
const warmUpChart = init(document.createElement("div"), null, { renderer: "svg", width: 100, height: 100 });
warmUpChart.on("finished", () => warmUpChart.dispose());
warmUpChart.setOption({ animation: false, xAxis: { type: "category", data: [""] }, yAxis: {}, series: [{ type: "bar", data: [1] }] }, { lazyUpdate: true });

// fit lets the stylesheet scale a picture: its viewBox is its size on the screen.
const fit = (element, chart) => element.querySelector("svg")?.setAttribute("viewBox", `0 0 ${chart.getWidth()} ${chart.getHeight()}`);

const waiting = new Map(); // data to be drawn, by element

// draw shows data; pick(kind, index, name) is called for a click on a bar or, if there is an axis
// of categories, above one. A request made in one frame is drawn in the next, as one task: a chart
// has every other frame for itself.
export function draw(element, ...what) {
  if (!waiting.size) scheduleNext();
  waiting.set(element, what);
}

const scheduleNext = () => requestAnimationFrame(() => requestAnimationFrame(drawNext));

function drawNext() {
  for (const [element, what] of waiting) {
    waiting.delete(element);
    if (waiting.size) scheduleNext();
    return show(element, ...what);
  }
}

function show(element, kind, data, pick) {
  let chart = getInstanceByDom(element);
  if (!chart) {
    chart = init(element, null, { renderer: "svg" });
    chart.on("finished", () => fit(element, chart)); // on paper it takes the width of the paper
    resizeObserver.observe(element);
    if (kind === "stars") chart.on("click", ({ dataIndex, seriesName }) => pick(kind, dataIndex, seriesName));
    else chart.getZr().on("click", ({ offsetX, offsetY }) => {
      const grid = [0, 1].find((gridIndex) => chart.containPixel({ gridIndex }, [offsetX, offsetY]));
      if (grid === undefined) return;
      const [x, y] = chart.convertFromPixel({ gridIndex: grid }, [offsetX, offsetY]);
      pick(kind, kind === "groups" ? y : x, "");
    });
    if (kind !== "stars") chart.getZr().setCursorStyle("pointer");
  }
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const option = { animation: !reducedMotion, animationDuration: 200, animationDurationUpdate: 200, ...kinds[kind](data, theme(), element.clientWidth) };
  const other = chart.kind !== kind || kind === "runs"; // their number of lines varies
  chart.kind = kind;
  chart.data = data; // drawn again for another width
  chart.setOption(option, { notMerge: other, lazyUpdate: true }); // it is drawn in the next frame
}

// print draws a chart for paper, or for the screen again: at once, since a browser lays out the
// paper when the event's listeners have returned. The stylesheet sets the width of the paper;
// paperWidth is roughly that width, so that letters keep their size.
const paperWidth = 720;

export function print(element, kind, data, onPaper) {
  const chart = getInstanceByDom(element);
  if (!chart) return;
  const width = onPaper ? paperWidth : element.clientWidth;
  chart.resize(onPaper ? { width, height: chart.getHeight() } : { width: "auto", height: "auto" });
  chart.setOption({ animation: false, ...kinds[kind](data, theme(onPaper ? paper : undefined), width) }, { notMerge: kind === "runs" });
  chart.getZr().flush();
  fit(element, chart);
}

export function dispose(element) {
  waiting.delete(element);
  resizeObserver.unobserve(element);
  getInstanceByDom(element)?.dispose();
}

// picture returns the chart in element as the text of an SVG file. The library's own text has
// quotes of font names in its attributes, which is not valid XML.
export const picture = (element) => new XMLSerializer().serializeToString(element.querySelector("svg"));
