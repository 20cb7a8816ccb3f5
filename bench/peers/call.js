const http = require('node:http');

/** Calls of JSON over kept connections, which are as many as may be under way at a time. */
module.exports.open = (url, connections) => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(url);
  return (method, path, body, headers) => new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const sent = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers };
    const request = http.request({ agent, hostname, port, method, path, headers: sent, timeout: 60_000 }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        try {
          resolve({ status: answer.statusCode, headers: answer.headers, body: JSON.parse(Buffer.concat(parts)) });
        } catch (error) {
          reject(new Error(`${method} ${path}: ${answer.statusCode} is not JSON: ${error.message}`));
        }
      });
    });
    request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer within a minute.`)));
    request.on('error', reject);
    request.end(text);
  });
};
