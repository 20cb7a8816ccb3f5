import { h, updateChildren, wait } from './dom.js';
import { eventsOf } from './events.js';
import { Problem } from './http.js';
import { number, sentence, t } from './language.js';
import { api, session } from './store.js';

// Places in waiting lines: they stay in sight on every page, and over a reload.

const storageKey = 'shop.lines';
const section = document.getElementById('lines');
const announcer = document.getElementById('announcer');
const announceEvery = 5_000;
const lines = new Map();

export const changes = new EventTarget();

/** Whether somebody stands in the line for a coupon. */
export const standsFor = (couponId) =>
  [...lines.values()].some((line) => line.couponId === couponId && line.status === 'WAITING');

export function watch(request, name) {
  const line = {
    requestId: request.requestId,
    couponId: request.couponId,
    userId: request.userId,
    name,
    status: 'WAITING',
    position: request.position,
    first: request.position,
    stop: new AbortController(),
  };
  lines.set(line.requestId, line);
  keep();
  draw();
  follow(line);
}

/** Goes on with what was waited for before a reload. */
export function resume() {
  for (const { requestId, couponId, name } of JSON.parse(sessionStorage.getItem(storageKey) ?? '[]'))
    if (session.signedIn) watch({ requestId, couponId, userId: session.user.userId }, name);
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
  line.first = Math.max(line.first ?? 0, position ?? 0);
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
  announcer.textContent = t('line.announce', { name: line.name, position: line.position });
}

function card(line) {
  if (line.status !== 'WAITING') {
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
          onclick: () => {
            lines.delete(line.requestId);
            draw();
          },
        },
        '×',
      ),
    );
  }
  return h(
    'div',
    { class: 'line', 'data-key': line.requestId },
    h('p', {}, t('line.waiting', { name: line.name })),
    line.position
      ? [
          h('strong', { class: 'position' }, t('line.position', { position: number(line.position) })),
          h('progress', {
            max: line.first,
            value: line.first - line.position,
            'aria-label': t('line.waiting', { name: line.name }),
          }),
        ]
      : h('span', {}, line.lost ? t('line.lost') : t('line.joined')),
  );
}

const outcome = (line) =>
  line.status === 'COMPLETED'
    ? t('line.completed', { name: line.name })
    : t('line.failed', { name: line.name, reason: sentence({ code: line.reason, members: {} }) });

function keep() {
  const waiting = [...lines.values()].filter((line) => line.status === 'WAITING');
  const kept = waiting.map(({ requestId, couponId, name }) => ({ requestId, couponId, name }));
  sessionStorage.setItem(storageKey, JSON.stringify(kept));
}
