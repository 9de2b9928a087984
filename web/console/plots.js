/** Live figures: asked for every two seconds while this part of the page is shown and visible, and not otherwise. */
import uPlot from "../uplot/uPlot.esm.js";
import { h } from "./dom.js";

/** Five minutes at one point in two seconds. */
const MAX_POINTS = 150;
const SECONDS = 300;
const HEIGHT = 170;
const COLOURS = ["#3b82f6", "#d9622b"];

const axisColour = () => getComputedStyle(document.body).color;

/** One plot with up to two lines, of which `push` appends a point each. */
export function livePlot(title, names) {
  const data = [[], ...names.map(() => [])];
  const place = h("div", { class: "plot", role: "img", "aria-label": title });
  const element = h("section", {}, h("h3", {}, title), place);
  let plot;

  function draw() {
    const axis = { stroke: axisColour, grid: { stroke: "#8883", width: 1 }, ticks: { show: false } };
    const series = names.map((label, at) => ({
      label,
      stroke: COLOURS[at],
      width: 2,
      points: { show: false },
    }));
    plot = new uPlot(
      {
        width: Math.max(200, place.clientWidth),
        height: HEIGHT,
        cursor: { show: false },
        scales: {
          x: { range: (_, __, last) => [last - SECONDS, last] },
          y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1, (high ?? 0) * 1.1)] },
        },
        axes: [axis, { ...axis, size: 60 }],
        series: [{}, ...series],
        legend: { live: false },
      },
      data,
      place,
    );
  }

  const resized = new ResizeObserver(() =>
    plot?.setSize({ width: Math.max(200, place.clientWidth), height: HEIGHT }),
  );

  return {
    element,
    push(seconds, ...values) {
      for (const [at, value] of [seconds, ...values].entries()) {
        data[at].push(value);
        if (data[at].length > MAX_POINTS) data[at].shift();
      }
      if (plot === undefined) {
        draw();
        resized.observe(place);
      } else plot.setData(data);
    },
    end() {
      resized.disconnect();
      plot?.destroy();
    },
  };
}
