import { h, svg } from '../js/dom.js';
import { number, t } from '../js/language.js';

// Lines over the last two minutes, drawn by hand: a chart library would be the larger part of the page.

const width = 300;
const height = 100;
const points = 60;

/** The last sixty readings of one number. */
export class Series {
  values = [];

  add(value) {
    this.values.push(value);
    if (this.values.length > points) this.values.shift();
  }

  get last() {
    return this.values.at(-1) ?? 0;
  }
}

/** @param lines pairs of a name and its Series. */
export function lineChart(title, lines, { digits = 0 } = {}) {
  const peak = Math.max(1, ...lines.flatMap(([, series]) => series.values));
  const show = (value) => number(value, { maximumFractionDigits: digits });
  const summary = lines.map(([name, series]) => `${name} ${show(series.last)}`).join(', ');
  return h(
    'section',
    { class: 'panel' },
    h('h2', {}, title),
    lines.length === 1 && h('p', { class: 'figure' }, show(lines[0][1].last)),
    svg(
      'svg',
      {
        class: 'chart',
        viewBox: `0 0 ${width} ${height}`,
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': `${title}: ${summary}`,
      },
      svg('line', { x1: 0, y1: height - 1, x2: width, y2: height - 1 }),
      lines.map(([, series], index) => svg('path', { class: `series-${index % 7}`, d: pathOf(series.values, peak) })),
    ),
    h(
      'p',
      { class: 'axis' },
      h('span', {}, t('live.ago')),
      h('span', {}, t('live.peak', { value: show(peak) })),
      h('span', {}, t('live.now')),
    ),
    lines.length > 1 &&
      h(
        'ul',
        { class: 'legend' },
        lines.map(([name, series], index) =>
          h('li', { class: `series-${index % 7}` }, h('span', {}, `${name} ${show(series.last)}`)),
        ),
      ),
  );
}

function pathOf(values, peak) {
  const x = (index) => width - (values.length - 1 - index) * (width / (points - 1));
  const y = (value) => height - 2 - (value / peak) * (height - 6);
  return values
    .map((value, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`)
    .join('');
}

/** @param rows pairs of a name and a number, the largest first. */
export function bars(title, rows) {
  const most = Math.max(1, ...rows.map(([, value]) => value));
  return h(
    'section',
    { class: 'panel' },
    h('h2', {}, title),
    rows.length === 0
      ? h('p', { class: 'hint' }, t('live.nothing'))
      : h(
          'ul',
          { class: 'bars' },
          rows.map(([name, value]) =>
            h(
              'li',
              {},
              h('span', {}, name),
              h('strong', {}, number(value)),
              h('progress', { max: most, value, 'aria-hidden': 'true' }),
            ),
          ),
        ),
  );
}
