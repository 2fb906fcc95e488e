// The control API of the simulator, and its live changes.

/** One call; the answer, or an Error with the simulator's reason. */
export async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch(`/control${path}`, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(answer.error ?? response.statusText), { status: response.status });
  return answer;
}

/** Calls back with each batch of changes; the browser reconnects by itself. */
export function listen(since, { onBatch, onOnline }) {
  const events = new EventSource(`/control/events?since=${since}`);
  events.onmessage = (event) => onBatch(JSON.parse(event.data));
  events.onopen = () => onOnline(true);
  events.onerror = () => onOnline(false);
}
