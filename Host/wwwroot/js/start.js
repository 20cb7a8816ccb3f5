// A script waits for the styles before it. The modules are asked for then, not beside the styles: on a slow network
// these would share its width with them, and the first paint would wait for all.
document.head.append(document.importNode(document.getElementById('modules').content, true));
import(document.currentScript.dataset.entry);
