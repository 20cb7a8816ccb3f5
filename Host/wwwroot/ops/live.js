import { h, updateChildren, wait } from '../js/dom.js';
import { number, sentence, t } from '../js/language.js';
import { bars, lineChart, Series } from './charts.js';
import { api } from './store.js';

const every = 2_000;

// Kept while the page is: coming back from another view finds the lines where they were.
const series = new Map();
const of = (name) => {
  if (!series.has(name)) series.set(name, new Series());
  return series.get(name);
};

const addresses = {
  figures: '/admin/figures',
  outbox: '/admin/outbox',
  popular: '/products/popular?days=3&limit=8',
};

export async function liveView({ signal }) {
  const state = h('p', { class: 'live' });
  const panels = h('div', { class: 'panels' });
  const last = {};

  // Each answer counts by itself: a panel without one stays as it was, and the state says so.
  async function load() {
    const names = Object.keys(addresses);
    const answers = await Promise.allSettled(names.map((name) => api.get(addresses[name], signal)));
    signal.throwIfAborted();
    answers.forEach(({ value, reason }, index) => {
      const before = last[names[index]];
      last[names[index]] = { value: value ?? before?.value, problem: reason };
    });
    if (!last.figures.problem) takeFigures(last.figures.value);
    if (!last.outbox.problem) takeOutbox(last.outbox.value);
    draw();
  }

  // In place: the focus, what is marked and how far a table is scrolled stay.
  function draw() {
    updateChildren(panels, ...panelsOf(last));
    const lost = Object.values(last).find(({ problem }) => problem);
    const text = lost ? t('live.lost', { reason: sentence(lost.problem) }) : t('live.every');
    if (state.textContent !== text) state.textContent = text;
    state.classList.toggle('lost', lost !== undefined);
  }

  async function go() {
    while (!signal.aborted) {
      await wait(every, signal);
      // A hidden page asks nothing.
      if (!document.hidden) await load();
    }
  }

  await load();
  go().catch((error) => {
    if (!signal.aborted) throw error;
  });
  return h(
    'div',
    { class: 'page' },
    h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, t('ops.live')), state),
    panels,
  );
}

const figureOf = ({ figures }, name) => figures.find((figure) => figure.name === name)?.values ?? [];

const valueOf = (figures, name, label = null) =>
  figureOf(figures, name).find((value) => value.label === label)?.value ?? 0;

function takeFigures(figures) {
  const perSecond = (count) => count / figures.windowSeconds;
  of('orders').add(perSecond(valueOf(figures, 'ordering.orders')));
  of('COMPLETED').add(perSecond(valueOf(figures, 'payments.payments', 'COMPLETED')));
  of('FAILED').add(perSecond(valueOf(figures, 'payments.payments', 'FAILED')));
  of('unpaid').add(valueOf(figures, 'ordering.unpaid'));
  of('reserved').add(valueOf(figures, 'catalog.reserved'));
}

function takeOutbox({ modules, deliveries }) {
  for (const { module, pending, oldestAgeSeconds } of modules) {
    of(`pending/${module}`).add(pending);
    of(`age/${module}`).add(oldestAgeSeconds ?? 0);
  }
  of('deliveries').add(deliveries.pending);
}

const rate = { digits: 1 };

// Every panel: its name, what it is drawn from, and how.
const panelKinds = [
  ['live.orders', 'figures', (name) => lineChart(name, [[name, of('orders')]], rate)],
  [
    'live.payments',
    'figures',
    (name) =>
      lineChart(
        name,
        ['COMPLETED', 'FAILED'].map((status) => [t(`live.${status}`), of(status)]),
        rate,
      ),
  ],
  [
    'live.refusals',
    'figures',
    (name, { refusals }) =>
      bars(
        name,
        refusals.slice(0, 10).map(({ code, count }) => [code, count]),
      ),
  ],
  [
    'live.outbox',
    'outbox',
    (name, { modules }) =>
      lineChart(
        name,
        modules.map(({ module }) => [module, of(`pending/${module}`)]),
      ),
  ],
  [
    'live.age',
    'outbox',
    (name, { modules }) =>
      lineChart(
        name,
        modules.map(({ module }) => [module, of(`age/${module}`)]),
      ),
  ],
  ['live.backlog', 'outbox', backlog],
  ['live.deliveries', 'outbox', (name) => lineChart(name, [[t('live.pending'), of('deliveries')]])],
  [
    'live.lines',
    'figures',
    (name, figures) =>
      bars(
        name,
        figureOf(figures, 'coupons.line').map(({ label, value }) => [label, value]),
      ),
  ],
  ['live.reserved', 'figures', (name) => lineChart(name, [[name, of('reserved')]])],
  ['live.unpaid', 'figures', (name) => lineChart(name, [[name, of('unpaid')]])],
  [
    'live.sellers',
    'popular',
    (name, { items }) =>
      bars(
        name,
        items.map((item) => [item.name, item.quantitySold]),
      ),
  ],
];

function panelsOf(last) {
  return panelKinds.map(([name, source, draw]) => {
    const { value, problem } = last[source];
    const panel = value ? draw(t(name), value) : missing(t(name), problem);
    panel.dataset.key = value ? name : `${name}/missing`;
    return panel;
  });
}

const missing = (name, problem) =>
  h(
    'section',
    { class: 'panel' },
    h('h2', {}, name),
    h('p', { class: 'field-error' }, t('live.waiting', { reason: sentence(problem) })),
  );

function backlog(name, { modules, deliveries }) {
  const count = (value, alarm) => h('td', { class: alarm && value > 0 ? 'number alarm' : 'number' }, number(value));
  const row = (module, { pending, retrying, dead, oldestAgeSeconds }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, module),
      count(pending),
      count(retrying),
      count(dead, true),
      h(
        'td',
        { class: 'number' },
        oldestAgeSeconds === null ? '–' : t('live.seconds', { count: number(oldestAgeSeconds) }),
      ),
    );
  return h(
    'section',
    { class: 'panel' },
    h('h2', {}, name),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': name },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ['module', 'pending', 'retrying', 'dead', 'oldest'].map((column, index) =>
              h('th', { scope: 'col', class: index > 0 && 'number' }, t(`live.${column}`)),
            ),
          ),
        ),
        h(
          'tbody',
          {},
          modules.map((module) => row(module.module, module)),
          row('data-platform', deliveries),
        ),
      ),
    ),
    [...modules, deliveries].some(({ dead }) => dead > 0) && h('a', { href: '#/letters' }, t('ops.letters')),
  );
}
