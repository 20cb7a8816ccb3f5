import { h, wait } from '../js/dom.js';
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

export async function liveView({ signal }) {
  const state = h('p', { class: 'live' }, t('live.every'));
  const panels = h('div', { class: 'panels' });

  async function draw() {
    const [figures, outbox, popular] = await Promise.all([api.get('/admin/figures', signal), api.get('/admin/outbox', signal), api.get('/products/popular?days=3&limit=8', signal)]);
    take(figures, outbox);
    panels.replaceChildren(...panelsOf(figures, outbox, popular));
  }

  async function go() {
    while (!signal.aborted) {
      await wait(every, signal);
      // Nobody looks: nothing is asked.
      if (document.hidden) continue;
      try {
        await draw();
        state.textContent = t('live.every');
        state.classList.remove('lost');
      } catch (problem) {
        if (signal.aborted) return;
        state.textContent = t('live.lost', { reason: sentence(problem) });
        state.classList.add('lost');
      }
    }
  }

  await draw();
  go().catch(() => undefined);
  return h('div', { class: 'page' }, h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, t('ops.live')), state), panels);
}

const figureOf = ({ figures }, name) => figures.find((figure) => figure.name === name)?.values ?? [];

const valueOf = (figures, name, label = null) => figureOf(figures, name).find((value) => value.label === label)?.value ?? 0;

function take(figures, outbox) {
  const perSecond = (count) => count / figures.windowSeconds;
  of('orders').add(perSecond(valueOf(figures, 'ordering.orders')));
  of('COMPLETED').add(perSecond(valueOf(figures, 'payments.payments', 'COMPLETED')));
  of('FAILED').add(perSecond(valueOf(figures, 'payments.payments', 'FAILED')));
  of('unpaid').add(valueOf(figures, 'ordering.unpaid'));
  of('reserved').add(valueOf(figures, 'catalog.reserved'));
  for (const { module, pending, oldestAgeSeconds } of outbox.modules) {
    of(`pending/${module}`).add(pending);
    of(`age/${module}`).add(oldestAgeSeconds ?? 0);
  }
  of('deliveries').add(outbox.deliveries.pending);
}

function panelsOf(figures, outbox, popular) {
  const modules = outbox.modules.map(({ module }) => module);
  return [
    lineChart(t('live.orders'), [[t('live.orders'), of('orders')]], { digits: 1 }),
    lineChart(t('live.payments'), ['COMPLETED', 'FAILED'].map((status) => [t(`live.${status}`), of(status)]), { digits: 1 }),
    bars(t('live.refusals'), figures.refusals.slice(0, 10).map(({ code, count }) => [code, count])),
    lineChart(t('live.outbox'), modules.map((module) => [module, of(`pending/${module}`)])),
    lineChart(t('live.age'), modules.map((module) => [module, of(`age/${module}`)])),
    backlog(outbox),
    lineChart(t('live.deliveries'), [[t('live.pending'), of('deliveries')]]),
    bars(t('live.lines'), figureOf(figures, 'coupons.line').map(({ label, value }) => [label, value])),
    lineChart(t('live.reserved'), [[t('live.reserved'), of('reserved')]]),
    lineChart(t('live.unpaid'), [[t('live.unpaid'), of('unpaid')]]),
    bars(t('live.sellers'), popular.items.map(({ name, quantitySold }) => [name, quantitySold])),
  ];
}

function backlog({ modules, deliveries }) {
  const count = (value, alarm) => h('td', { class: alarm && value > 0 ? 'number alarm' : 'number' }, number(value));
  const row = (name, { pending, retrying, dead, oldestAgeSeconds }) => h('tr', {},
    h('th', { scope: 'row' }, name), count(pending), count(retrying), count(dead, true),
    h('td', { class: 'number' }, oldestAgeSeconds === null ? '–' : t('live.seconds', { count: number(oldestAgeSeconds) })));
  return h('section', { class: 'panel' }, h('h2', {}, t('live.backlog')),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('live.backlog') }, h('table', {},
      h('thead', {}, h('tr', {}, ['module', 'pending', 'retrying', 'dead', 'oldest'].map((column, index) => h('th', { scope: 'col', class: index > 0 && 'number' }, t(`live.${column}`))))),
      h('tbody', {}, modules.map((module) => row(module.module, module)), row('data-platform', deliveries)))),
    [...modules, deliveries].some(({ dead }) => dead > 0) && h('a', { href: '#/letters' }, t('ops.letters')));
}
