import { h, updateChildren, wait } from './dom.js';
import { eventsOf } from './events.js';
import { Problem } from './http.js';
import { named, number, sentence, span, t } from './language.js';
import { doing } from './notice.js';
import { api, mine, session } from './store.js';

// Places in waiting lines: they stay in sight on every page, and over a reload.

const storageKey = 'shop.lines';
const section = document.getElementById('lines');
const announcer = document.getElementById('announcer');
const announceEvery = 5_000;
const drawn = 24;
const lines = new Map();

export const changes = new EventTarget();

/** Whether somebody stands in the line for a coupon. */
export const standsFor = (couponId) =>
  [...lines.values()].some((line) => line.couponId === couponId && line.status === 'WAITING');

export function watch(request, name) {
  if (lines.get(request.requestId)?.status === 'WAITING') return;
  const line = {
    requestId: request.requestId,
    couponId: request.couponId,
    userId: request.userId,
    name,
    status: 'WAITING',
    position: request.position,
    first: request.position,
    since: Date.now(),
    stop: new AbortController(),
  };
  lines.set(line.requestId, line);
  keep();
  draw();
  follow(line);
}

/** Goes on with what is waited for: of before a reload, then all that the shop knows of. */
export async function resume() {
  if (!session.signedIn) return;
  const { userId } = session.user;
  const before = JSON.parse(sessionStorage.getItem(storageKey) ?? '[]');
  for (const { requestId, couponId, name } of before) watch({ requestId, couponId, userId }, name);
  const { items } = await api.get(mine('/coupon-requests?status=WAITING&limit=20'));
  for (const request of items.filter(({ requestId }) => !lines.has(requestId))) {
    const { name } = await api.get(`/coupons/${request.couponId}`);
    if (session.user?.userId === userId) watch(request, name);
  }
}

export function leaveAll() {
  for (const line of lines.values()) line.stop.abort();
  lines.clear();
  keep();
  draw();
}

export function draw() {
  // In place: where somebody is, and what they have marked, stays.
  updateChildren(section, ...[...lines.values()].map(card));
  section.setAttribute('aria-label', t('line'));
  section.hidden = lines.size === 0;
}

async function follow(line) {
  while (line.status === 'WAITING' && !line.stop.signal.aborted) {
    try {
      const response = await api.stream(`/coupon-requests/${line.requestId}/stream`, line.stop.signal);
      for await (const { event, data } of eventsOf(response)) {
        if (event === 'status') take(line, JSON.parse(data));
      }
      if (line.status === 'WAITING') await wait(500, line.stop.signal);
    } catch (problem) {
      if (line.stop.signal.aborted) return;
      if (problem instanceof Problem && problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
        take(line, { status: 'FAILED', reason: problem.code });
        return;
      }
      line.lost = true;
      draw();
      await wait(1000 * (problem.retryAfter ?? 2), line.stop.signal).catch(() => undefined);
    }
  }
}

function take(line, { status, position, reason }) {
  Object.assign(line, { status, position, reason, lost: false });
  if (position > (line.first ?? 0)) Object.assign(line, { first: position, since: Date.now() });
  draw();
  if (status === 'WAITING') announce(line);
  else {
    keep();
    announcer.textContent = outcome(line);
    changes.dispatchEvent(new Event('settled'));
  }
}

// A position that changes twice a second is for the eye; the ear gets it now and then.
function announce(line) {
  if (Date.now() - (line.announcedAt ?? 0) < announceEvery) return;
  line.announcedAt = Date.now();
  announcer.textContent = t('line.announce', { name: named(line.name), position: line.position });
}

const card = (line) => (line.status === 'WAITING' ? waiting(line) : settled(line));

function settled(line) {
  return h(
    'div',
    { class: `line ${line.status.toLowerCase()}`, 'data-key': line.requestId },
    h('p', {}, outcome(line)),
    h(
      'button',
      {
        class: 'quiet',
        type: 'button',
        'aria-label': t('line.dismiss'),
        'data-key': 'dismiss',
        onclick: () => {
          lines.delete(line.requestId);
          draw();
        },
      },
      '×',
    ),
  );
}

function waiting(line) {
  const name = named(line.name);
  const leave = h(
    'button',
    {
      class: 'secondary',
      type: 'button',
      'data-key': 'leave',
      'aria-label': t('line.leave-named', { name }),
      onclick: ({ currentTarget }) => doing(currentTarget, () => withdraw(line)),
    },
    t('line.leave'),
  );
  return h(
    'div',
    { class: line.lost ? 'line waiting lost' : 'line waiting', 'data-key': line.requestId },
    h('strong', { class: 'position' }, line.position ? t('line.position', { position: number(line.position) }) : '…'),
    h('p', {}, t('line.waiting', { name })),
    h('span', { class: 'hint' }, line.lost ? t('line.lost') : line.position ? ahead(line) : t('line.joined')),
    leave,
    line.position && crowd(line),
    line.position &&
      h('progress', { max: line.first, value: line.first - line.position, 'aria-label': t('line.waiting', { name }) }),
  );
}

// Told by the pace so far, once there is one.
function ahead({ position, first, since }) {
  const served = first - position;
  if (served === 0) return t('line.ahead', { count: number(position - 1) });
  return t('line.ahead-for', { count: number(position - 1), time: span(((Date.now() - since) / served) * position) });
}

const crowd = ({ position }) =>
  h(
    'div',
    { class: 'crowd', 'aria-hidden': 'true' },
    Array.from({ length: Math.min(position, drawn) - 1 }, () => h('i', {})),
    h('i', { class: 'me' }),
  );

async function withdraw(line) {
  try {
    await api.delete(`/coupon-requests/${line.requestId}`);
  } catch (problem) {
    // Served meanwhile: the stream tells with what.
    if (problem.code !== 'coupons.request_settled') throw problem;
  }
}

const outcome = (line) => {
  const name = named(line.name);
  return line.status === 'COMPLETED'
    ? t('line.completed', { name })
    : t('line.failed', { name, reason: sentence({ code: line.reason, members: {} }) });
};

function keep() {
  const waits = [...lines.values()].filter((line) => line.status === 'WAITING');
  const kept = waits.map(({ requestId, couponId, name }) => ({ requestId, couponId, name }));
  sessionStorage.setItem(storageKey, JSON.stringify(kept));
}
