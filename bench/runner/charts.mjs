// Draws results as SVG: an overview of ratios to node:dgram, and a chart for each workload.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { CONTESTANT_NAMES } from '../contestants.mjs';
import { overview } from './overview.mjs';
import { ratio, writeRatio } from './ratios.mjs';
import { scalingPlot } from './scaling-chart.mjs';
import { writeFigure } from './units.mjs';

/**
 * @typedef {import('../types.d.ts').ContestantId} ContestantId
 * @typedef {import('../types.d.ts').Machine} Machine
 * @typedef {import('../types.d.ts').WorkloadResult} WorkloadResult
 *
 * @typedef {object} Bar
 * @property {string} group the case, or the workload and its case
 * @property {string} contestant
 * @property {number} value
 * @property {number} least
 * @property {number} most
 * @property {string} label
 */

const WIDTH = 860;
const BAR = 19;
/** Space between groups, for the heading of the next one. */
const HEADING = 26;
/** The ticks of ratios. */
const TIMES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];
const MARGIN = { top: 8, right: 150, bottom: 44, left: 130 };

/** Colours of a middle lightness, to be told apart on white and on GitHub's dark ground alike. */
const COLORS = {
  volley: '#2f7de1',
  'volley-batches': '#8f5fe8',
  node: '#8a929c',
  bun: '#d9822b',
  deno: '#2da160',
  c: '#6b7280',
};

/**
 * An image in a README knows the reader's scheme only by this media query, so the text has both.
 * Its own width is the largest; a narrow page makes it smaller.
 */
const STYLE = `
  svg { color: #1f2328; font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; max-width: 100%; }
  @media (prefers-color-scheme: dark) { svg { color: #d1d7e0; } }`;

/**
 * @param {string} directory
 * @param {{ machine: Machine, workloads: Map<string, WorkloadResult> }} results
 */
export function drawCharts(directory, { machine, workloads }) {
  /**
   * @param {string} name
   * @param {string} svg
   */
  const write = (name, svg) => writeFileSync(join(directory, `${name}.svg`), svg);
  const caption = `${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.versions['node']}`;
  write('overview', drawOverview(workloads, caption));
  for (const result of workloads.values()) {
    const lines = result.workload === 'scaling';
    const svg = lines
      ? render(scalingPlot(result, COLORS, caption))
      : drawWorkload(result, caption);
    write(result.workload, svg);
  }
}

/**
 * @param {Map<string, WorkloadResult>} workloads
 * @param {string} caption
 */
function drawOverview(workloads, caption) {
  const rows = overview(workloads).filter(({ charted }) => charted);
  const bars = rows.flatMap(({ title, figure, outcomes }) =>
    outcomes.flatMap((outcome) => {
      const times = ratio('node', figure, outcome, outcomes);
      if (times === undefined || outcome.contestant === 'node') return [];
      // A cost that is half of node:dgram's counts like a rate that is twice its.
      const value = figure.better === 'higher' ? times : 1 / times;
      const contestant = CONTESTANT_NAMES[outcome.contestant];
      const label = `${writeRatio(value)} ×`;
      return [{ group: title, contestant, value, least: value, most: value, label }];
    }),
  );
  const label = `times better than node:dgram (= 1)   ·   ${caption}`;
  const values = [1, ...bars.map(({ value }) => value)];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const ticks = TIMES.filter((tick) => tick >= least && tick <= most);
  return draw(bars, {
    x: { type: 'log', domain: [least, most], label, ticks, tickFormat: String },
    origin: 1,
  });
}

/**
 * @param {WorkloadResult} result
 * @param {string} caption
 */
function drawWorkload({ figures, cases }, caption) {
  const [main] = figures;
  if (main === undefined) throw new Error('a workload without figures cannot be drawn');
  const bars = cases.flatMap(({ name, outcomes }) =>
    outcomes.flatMap(({ contestant, figures: found }) => {
      const spread = found[main.key];
      if (spread === undefined) return [];
      const { median: value, least, most } = spread;
      const label = writeFigure(main, value);
      return [{ group: name, contestant: CONTESTANT_NAMES[contestant], value, least, most, label }];
    }),
  );
  const direction = main.better === 'higher' ? 'more is better' : 'less is better';
  const label = `${main.title}, ${direction}   ·   ${caption}`;
  return draw(bars, { x: { type: 'linear', label, tickFormat: 's', nice: true }, origin: 0 });
}

/**
 * Groups of horizontal bars, each with its contestant's name before it and its value behind it.
 *
 * @param {readonly Bar[]} bars
 * @param {{ x: Plot.ScaleOptions, origin: number }} scale
 */
function draw(bars, { x, origin }) {
  const groups = [...new Set(bars.map(({ group }) => group))];
  const names = Object.values(CONTESTANT_NAMES).filter((name) =>
    bars.some(({ contestant }) => contestant === name),
  );
  const spreads = bars.filter(({ least, most }) => least < most);
  const missing = groups.flatMap((group) =>
    names
      .filter((name) => !bars.some((bar) => bar.group === group && bar.contestant === name))
      .map((contestant) => ({ group, contestant })),
  );
  const y = { y: 'contestant', fy: 'group' };
  return render({
    height: MARGIN.top + MARGIN.bottom + groups.length * (HEADING + BAR * names.length),
    marginTop: MARGIN.top + HEADING,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    x: { ...x, labelAnchor: 'left', labelArrow: 'none', grid: true },
    y: { domain: names, label: null, axis: null, padding: 0.15 },
    fy: {
      domain: groups,
      label: null,
      axis: null,
      padding: HEADING / (HEADING + BAR * names.length),
    },
    marks: [
      Plot.barX(bars, {
        ...y,
        x1: origin,
        x2: 'value',
        fill: ({ contestant }) => color(contestant),
      }),
      Plot.ruleY(spreads, { ...y, x1: 'least', x2: 'most', strokeOpacity: 0.7 }),
      Plot.ruleX([origin]),
      Plot.text([...bars, ...missing], {
        ...y,
        text: 'contestant',
        frameAnchor: 'left',
        textAnchor: 'end',
        dx: -8,
      }),
      Plot.text(bars, {
        ...y,
        x: ({ value, most }) => Math.max(value, most, origin),
        text: 'label',
        textAnchor: 'start',
        dx: 6,
      }),
      Plot.text(missing, { ...y, x: origin, text: () => '–', textAnchor: 'start', dx: 6 }),
      Plot.text(groups, {
        fy: (group) => group,
        text: (group) => group,
        frameAnchor: 'top-left',
        textAnchor: 'start',
        lineAnchor: 'bottom',
        fontWeight: 'bold',
        dx: -MARGIN.left + 8,
        dy: -5,
      }),
    ],
  });
}

/** @param {string} name */
function color(name) {
  const found = Object.entries(CONTESTANT_NAMES).find(([, title]) => title === name);
  return COLORS[/** @type {ContestantId} */ (found?.[0] ?? 'c')];
}

/**
 * A file of its own needs its namespace and its style.
 *
 * @param {Plot.PlotOptions} plot
 */
function render(plot) {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    ...plot,
    // linkedom has what Plot uses of a Document, which is far from all.
    document: /** @type {Document} */ (/** @type {unknown} */ (document)),
    width: WIDTH,
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const style = document.createElement('style');
  style.textContent = STYLE;
  svg.querySelector('style')?.remove();
  svg.prepend(style);
  return `${svg.outerHTML}\n`;
}
