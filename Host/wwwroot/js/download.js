import { h } from './dom.js';

/** Brings a blob to the disk, as a file of this name. */
export function download(blob, name) {
  const address = URL.createObjectURL(blob);
  h('a', { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}
