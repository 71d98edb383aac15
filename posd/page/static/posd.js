// Keeps the front page fresh: a stream says that something has changed, then the part is fetched.
// Without this script the page loads itself anew every few seconds.
"use strict";
(() => {
  const BEAT_MS = 20_000; // the server speaks at least every 5 s
  const AGES_MS = 15_000; // what is told as an age grows old by itself
  const RETRY_MS = 3_000;
  const now = document.getElementById("now");
  const live = document.getElementById("live");
  const lost = document.getElementById("lost");
  const told = document.getElementById("told");
  if (!now || !window.EventSource) return;

  let heard = Date.now(); // when the server last answered or spoke
  let fetched = heard;
  let fetching = false;
  let again = false;
  let stream = null;
  let at = "";

  let shown = now.cloneNode(true); // as the server wrote it

  const verdict = () => now.querySelector("#verdict");
  const said = () => now.querySelector("#verdict-said").textContent;

  // Only what differs is touched, so that focus, selection and a reading voice stay where they are.
  function patch(live, old, fresh) {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeName !== fresh.nodeName) return live.replaceWith(fresh.cloneNode(true));
    if (old.nodeType === Node.TEXT_NODE) return void (live.data = fresh.data);
    for (const { name } of old.attributes) if (!fresh.hasAttribute(name)) live.removeAttribute(name);
    for (const { name, value } of fresh.attributes)
      if (old.getAttribute(name) !== value) live.setAttribute(name, value);
    const [lives, olds, news] = [live, old, fresh].map((node) => [...node.childNodes]);
    for (let n = 0; n < Math.max(olds.length, news.length); n++) {
      if (!olds[n]) live.append(news[n].cloneNode(true));
      else if (!news[n]) lives[n].remove();
      else patch(lives[n], olds[n], news[n]);
    }
  }

  function show(html) {
    const before = said();
    const fresh = now.cloneNode(false);
    fresh.innerHTML = html;
    patch(now, shown, fresh);
    shown = fresh;
    settle();
    if (said() !== before) told.textContent = said();
  }

  function settle() {
    at = verdict().dataset.at;
    document.querySelector(".clock time").textContent = at;
    document.title = document.title.replace(/^\S+/, verdict().dataset.sign);
    const print = now.querySelector("#print");
    print.hidden = false;
    print.onclick = () => window.print();
  }

  async function refresh() {
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const answer = await fetch("/now", { cache: "no-store", redirect: "error" });
      if (answer.ok) {
        show(await answer.text());
        heard = fetched = Date.now();
      }
    } catch { /* told by `look` */ }
    fetching = false;
    if (again) { again = false; refresh(); }
  }

  function follow() {
    if (stream || document.hidden) return;
    stream = new EventSource(`/live?seen=${verdict().dataset.revision}`);
    stream.onmessage = () => { heard = Date.now(); refresh(); };
    stream.addEventListener("beat", () => { heard = Date.now(); });
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) return;
      stream = null;
      setTimeout(follow, RETRY_MS);
    };
  }

  function look() {
    const silent = Date.now() - heard;
    const waits = silent > RETRY_MS * 2;
    const gone = silent > BEAT_MS;
    live.classList.toggle("waiting", waits);
    live.textContent = waits ? live.dataset.waiting : live.dataset.now;
    document.documentElement.classList.toggle("stale", gone);
    if (gone === lost.hidden) {
      lost.hidden = !gone;
      lost.textContent = gone ? lost.dataset.text.replace("{at}", at) : "";
    }
    if (!document.hidden && Date.now() - fetched > AGES_MS) refresh();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { stream?.close(); stream = null; return; }
    refresh();
    follow();
  });
  live.hidden = false;
  settle();
  follow();
  look();
  setInterval(look, 1000);
})();
