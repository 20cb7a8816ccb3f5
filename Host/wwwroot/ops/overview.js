import { h, svg } from '../js/dom.js';
import { day, number, t, won } from '../js/language.js';
import { part } from '../js/part.js';
import { table } from './list.js';
import { api, may } from './store.js';

const spans = [1, 7, 30];

export async function overviewView({ signal }) {
  const span = h(
    'select',
    { id: 'span' },
    spans.map((days) => h('option', { value: days, selected: days === 7 }, t(`overview.${days}`))),
  );
  const figures = part(t('ops.overview'), async () =>
    panelsOf(await api.get(`/admin/overview?days=${span.value}`, signal)),
  );
  span.addEventListener('change', figures.fill);
  await figures.fill();
  return h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: -1 }, t('ops.overview')),
    h(
      'div',
      { class: 'toolbar' },
      h('div', { class: 'field' }, h('label', { htmlFor: 'span' }, t('overview.span')), span),
    ),
    figures.element,
  );
}

const totals = [
  ['orders', number],
  ['revenue', won],
  ['refunds', won],
  ['newCustomers', number],
];

const panelsOf = (overview) => [
  h('div', { class: 'panels totals' }, totals.map(([name, show]) => totalOf(name, show, overview))),
  h('div', { class: 'panels' }, attentionOf(overview.attention), lowStockOf(overview.lowStock)),
  overview.days.length > 1 && daysOf(overview.days),
];

const ordersFrom = (days) => `#/orders?from=${days[0].day}&to=${days.at(-1).day}`;

function totalOf(name, show, { days, before }) {
  const sum = days.reduce((all, one) => all + one[name], 0);
  const earlier = before[name];
  const shown = { style: 'percent', signDisplay: 'exceptZero', maximumFractionDigits: 0 };
  const change = earlier === 0 ? '' : ` (${number((sum - earlier) / earlier, shown)})`;
  return h(
    'section',
    { class: 'panel' },
    h('h2', {}, t(`overview.${name}`)),
    h('p', { class: 'figure' }, name === 'orders' ? h('a', { href: ordersFrom(days) }, show(sum)) : show(sum)),
    h('p', { class: 'hint' }, t('overview.before', { value: show(earlier) }) + change),
  );
}

// A figure leads to the page that mends it, where the user may open it. The API has no list of failed top-ups.
const mends = {
  deadLetters: ['#/letters', 'operations:read'],
  deliveriesDead: ['#/letters', 'operations:read'],
  longestLine: ['#/coupons', 'coupons:write'],
};

function attentionOf(attention) {
  const wanting = Object.entries(attention).filter(([, count]) => count > 0);
  return h(
    'section',
    { class: 'panel' },
    h('h2', {}, t('overview.attention')),
    wanting.length === 0
      ? h('p', { class: 'hint' }, t('overview.calm'))
      : h(
          'ul',
          { class: 'bars' },
          wanting.map(([name, count]) => {
            const [href, needs] = mends[name] ?? [];
            const text = t(`overview.${name}`);
            return h(
              'li',
              {},
              needs && may(needs) ? h('a', { href }, text) : h('span', {}, text),
              h('strong', { class: name !== 'longestLine' && 'alarm' }, number(count)),
            );
          }),
        ),
  );
}

const lowStockOf = (products) =>
  h(
    'section',
    { class: 'panel' },
    h('h2', {}, t('overview.low-stock')),
    products.length === 0
      ? h('p', { class: 'hint' }, t('overview.enough'))
      : h(
          'ul',
          { class: 'bars' },
          products.map(({ productId, name, stock }) =>
            h(
              'li',
              {},
              may('catalog:write') ? h('a', { href: `#/products/${productId}/stock` }, name) : h('span', {}, name),
              h('strong', { class: stock === 0 && 'alarm' }, number(stock)),
            ),
          ),
        ),
  );

// The table repeats the columns of the chart for screen readers.
const daysOf = (days) => h('section', { class: 'panel' },
  h('h2', {}, t('overview.days')),
  columnsOf(days.map(({ revenue }) => revenue)),
  h('div', { class: 'axis', 'aria-hidden': 'true' },
    h('span', {}, day(days[0].day)), h('span', {}, t('overview.revenue')), h('span', {}, day(days.at(-1).day))),
  h('details', { open: matchMedia('(min-width: 46rem)').matches }, h('summary', {}, t('overview.figures')),
    table(t('overview.days'), ['overview.day', ...totals.map(([name]) => `overview.${name}#`)],
      [...days].reverse().map(cellsOf)).element));

const cellsOf = (one) => [ordersOf(one.day), ...totals.map(([name, show]) => show(one[name]))];

const ordersOf = (one) => h('a', { href: `#/orders?from=${one}&to=${one}` }, day(one));

function columnsOf(values) {
  const most = Math.max(1, ...values);
  const width = 100 / values.length;
  const rect = (value, index) => svg('rect', { x: index * width + width * 0.12, width: width * 0.76,
    y: 30 - 30 * value / most, height: 30 * value / most });
  const attributes = { viewBox: '0 0 100 30', preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  return svg('svg', { class: 'columns-chart', ...attributes }, values.map(rect));
}
