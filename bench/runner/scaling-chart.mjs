// The chart of how cost grows: lines over the number of sockets, not bars.
import * as Plot from '@observablehq/plot';
import { CONTESTANT_NAMES } from '../contestants.mjs';

/**
 * @param {import('../types.d.ts').WorkloadResult} result whose cases are named by their number
 * @param {Readonly<Record<import('../types.d.ts').ContestantId, string>>} colors
 * @param {string} caption
 * @returns {Plot.PlotOptions}
 */
export function scalingPlot({ figures, cases }, colors, caption) {
  const [main] = figures;
  if (main === undefined) throw new Error('a workload without figures cannot be drawn');
  const points = cases.flatMap(({ name, outcomes }) =>
    outcomes.flatMap(({ contestant, figures: found }) => {
      const value = found[main.key]?.median;
      const sockets = Number(name.replace(/\D/g, ''));
      return value === undefined
        ? []
        : [{ sockets, value, contestant, name: CONTESTANT_NAMES[contestant] }];
    }),
  );
  const most = Math.max(...points.map(({ sockets }) => sockets));
  const line = { x: 'sockets', y: 'value', stroke: stroke, z: 'contestant' };
  /** @param {{ contestant: import('../types.d.ts').ContestantId }} point */
  function stroke({ contestant }) {
    return colors[contestant];
  }
  return {
    height: 380,
    marginLeft: 50,
    marginRight: 140,
    marginBottom: 44,
    color: { type: 'identity' },
    x: {
      type: 'log',
      label: `sockets in one process   ·   ${caption}`,
      labelAnchor: 'left',
      labelArrow: 'none',
      ticks: cases.map(({ name }) => Number(name.replace(/\D/g, ''))),
      tickFormat: (value) => value.toLocaleString('en'),
    },
    y: { label: `${main.title}, less is better`, zero: true, grid: true, nice: true },
    marks: [
      Plot.line(points, { ...line, strokeWidth: 2 }),
      Plot.dot(points, { ...line, fill: stroke, r: 3 }),
      Plot.text(
        points.filter(({ sockets }) => sockets === most),
        {
          x: 'sockets',
          y: 'value',
          text: 'name',
          textAnchor: 'start',
          dx: 9,
        },
      ),
      Plot.ruleY([0]),
    ],
  };
}
