// The board's own script: what the server-rendered page cannot do by itself. It follows htmx and hx-sse in one file,
// and `timeText` of Times.ts stands above it.
const $ = (selector) => document.querySelector(selector)
const $$ = (selector) => [...document.querySelectorAll(selector)]
const on = (type, listener, options) => document.addEventListener(type, listener, options)

/** What the server says of the page as a whole. */
const page = document.documentElement.dataset
page.js = ""

// The clock of a computer may be wrong, and what is left to answer must not be: times are reckoned from the server's. The
// page brings its time, and so do its streams every 15 seconds. A page out of the browser's store brings an old one, so
// that tab goes on with what it knew.
const AHEAD = "callboard-ahead"
const SMALLEST_AHEAD_MS = 2000
let ahead = Number(sessionStorage.getItem(AHEAD))
const setClock = (serverNow, now) => {
  const difference = serverNow - now
  ahead = Math.abs(difference) < SMALLEST_AHEAD_MS ? 0 : difference
  sessionStorage.setItem(AHEAD, ahead)
}
const [opened] = performance.getEntriesByType("navigation")
const isBack = opened?.type === "back_forward"
if (!isBack) setClock(page.now, Date.now() - (opened ? performance.now() - opened.responseStart : 0))
let lastHeard = Date.now()
let beats = 0
on("board:now", ({ detail }) => {
  beats++
  lastHeard = Date.now()
  setClock(detail.data, lastHeard)
})

// Toasts: the server's and our own. News goes by itself; an alert stays until it is closed.
const TOAST_MS = 8000
const toast = (kind, textContent, place) => {
  const made = Object.assign(document.createElement("p"), { className: `toast ${kind}`, textContent })
  $(place).append(made)
  return made
}
const alertToast = (text) => toast("toast-alert", text, "#toasts-alert")
const arm = (toast) => {
  if (toast.parentElement.id === "toasts-status") setTimeout(() => toast.remove(), TOAST_MS)
  if (toast.matches(".visually-hidden")) return
  const onclick = () => toast.remove()
  const close = { className: "toast-close", ariaLabel: "Close", textContent: "×", onclick }
  toast.append(Object.assign(document.createElement("button"), close))
}
new MutationObserver((records) => {
  for (const { addedNodes } of records) for (const node of addedNodes) if (node.matches?.(".toast")) arm(node)
}).observe($(".toasts"), { childList: true, subtree: true })

/** What is heard and not seen. */
const say = (text, place = "#toasts-status") => {
  const said = toast("visually-hidden", text, place)
  setTimeout(() => said.remove(), TOAST_MS)
}

// Live or paused. A paused page holds no stream; going on sends the state of everything shown.
const OLD_AFTER_MS = 30000
const SILENT_AFTER_MS = 40000
let paused = false
let connection
let lostAt = Date.now()
let isOldTold = false
/** What keeps a page up to date: its stream, or a part that asks for itself now and then. */
const isNews = (element) => element?.matches?.(".feed, [data-poll]")
const isLook = (element) => element?.matches?.("[data-look]")
const showLive = (state, text) => {
  const button = $("#live")
  if (!button) return
  button.dataset.state = state
  $("#live-text").textContent = text
  // Those who do not see it are told that the page is no longer live, and once more when it is again.
  if (state !== (isOldTold ? "live" : "old")) return
  isOldTold = !isOldTold
  say(isOldTold ? text : "Live again.")
}
const disconnect = () => connection?.abortController.abort()
const upToDate = () => {
  if (paused) return
  lostAt = undefined
  lastHeard = Date.now()
  showLive("live", "Live")
}
const lost = () => {
  if (paused) return
  lostAt ??= Date.now()
  showLive("lost", "Reconnecting…")
}
const showAge = () => {
  // Where a server or a network hangs, nobody closes the stream. One of an older version brings no second beat.
  if (beats > 1 && connection.reader && Date.now() - lastHeard > SILENT_AFTER_MS) {
    disconnect()
    lost()
  }
  if (!paused && Date.now() - lostAt >= OLD_AFTER_MS) {
    showLive("old", `Not live since ${timeText("minute", lastHeard + ahead, 0, zone)}. Reload`)
  }
}
on("htmx:sse:after:connection", ({ detail }) => {
  connection = detail.connection
  beats = 0
  // The button was pressed while htmx waited to connect again.
  if (paused) disconnect()
  upToDate()
})
on("htmx:sse:error", lost)
on("htmx:sse:close", lost)
on("htmx:sse:before:connection", (event) => {
  if (paused) event.preventDefault()
})
on("htmx:before:request", (event) => {
  const { sourceElement } = event.detail.ctx
  if (isNews(sourceElement) && (paused || document.hidden)) event.preventDefault()
  if (isLook(sourceElement)) looking = true
})
const pause = () => {
  paused = true
  disconnect()
  showLive("paused", "Paused")
}
const resume = () => {
  paused = false
  lostAt = Date.now()
  showLive("connecting", "Connecting…")
  document.dispatchEvent(new Event("board:resume"))
  if (!$(".feed")) upToDate()
}
on("click", (event) => {
  if (event.target.closest?.("[data-reload]")) location.reload()
  const button = event.target.closest?.("#live")
  if (!button) return
  if (button.dataset.state === "old") location.reload()
  else if (paused) resume()
  else pause()
})

// What failed on the way. Answers that bring their own toast say it better.
const outcome = (method, status) => {
  if (method === "GET") return "Try again."
  return status < 500 ? "Nothing was changed." : "It is not known whether it was done. Reload and look."
}
/** The list is still that of the filter before, so the boxes say that one. What somebody types at this moment is theirs. */
const resetFilters = (form) => {
  if (!form.matches?.("#filters")) return
  const { activeElement } = document
  const { value } = activeElement
  form.reset()
  if (activeElement.form === form && activeElement.type !== "select-one") activeElement.value = value
}
on("htmx:response:error", (event) => {
  const { sourceElement, request, response, text } = event.detail.ctx
  if (isNews(sourceElement)) return lost()
  if (isLook(sourceElement)) return
  resetFilters(sourceElement)
  if (text?.includes("#toasts-")) return
  alertToast(`The server answered ${response.status}. ${outcome(request.method, response.status)}`)
})
on("htmx:error", (event) => {
  const { ctx } = event.detail
  if (!ctx) return
  if (isNews(ctx.sourceElement)) lost()
  else if (!isLook(ctx.sourceElement)) {
    resetFilters(ctx.sourceElement)
    alertToast(`Could not reach the server. ${outcome(ctx.request.method)}`)
  }
})

// A question that is about to run out is said aloud twice. It is not shown: the page shows its time already.
const WARN_AT_S = [60, 15]
let warned
const warn = (now) => {
  const time = $(".question-left time")
  const left = time ? (Date.parse(time.dateTime) - now) / 1000 : 0
  const at = WARN_AT_S.findLast((limit) => left > 0 && left <= limit)
  const warning = `${time?.dateTime} ${at}`
  if (at === undefined || warning === warned) return
  warned = warning
  say(`This question can be answered for ${Math.ceil(left)} more seconds.`, "#toasts-alert")
}
// A browser at work is looked at once a second, and only while the reader sees it: pictures are made for those who look.
// A look that fails is followed by the next one, so nobody is told.
let looking = false
const look = () => {
  const view = $("[data-look]")
  if (!view || looking || page.pictures === "off") return
  const { bottom, top } = view.getBoundingClientRect()
  if (bottom > 0 && top < innerHeight) view.dispatchEvent(new Event("live:look"))
}
on("htmx:finally:request", (event) => {
  if (isLook(event.detail.ctx.sourceElement)) looking = false
})
const showStreams = () => {
  for (const picture of $$("img[data-stream]")) {
    if (document.hidden) picture.removeAttribute("src")
    else picture.src = picture.dataset.stream
  }
}
on("visibilitychange", showStreams)

// Times in the reader's own zone, or in UTC where they chose that. The server, which knows no zone, says them in UTC.
const zone = page.zone === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone
for (const name of $$("[data-zone-name]")) name.textContent = zone

const hour = Number(timeText("clock", Date.now(), 0, zone).slice(0, 2))
const hello = hour < 5 || hour > 17 ? "Good evening" : hour < 12 ? "Good morning" : "Good afternoon"
for (const greeting of $$("[data-hello]")) greeting.textContent = hello

// One timer for every time on the page.
const showTimes = () => {
  const now = Date.now() + ahead
  for (const element of $$("time[data-rel]")) {
    const { rel } = element.dataset
    const text = timeText(rel, Date.parse(element.dateTime), now, zone)
    if (element.textContent !== text) element.textContent = text
    // A clock stands still; what a stream sends brings its mark again.
    if (rel === "clock") delete element.dataset.rel
  }
}
const tick = () => {
  showAge()
  warn(Date.now() + ahead)
  if (document.hidden || paused) return
  look()
  showTimes()
}
setInterval(tick, 1000)
on("htmx:after:swap", showTimes)
on("visibilitychange", tick)

// The full time in the reader's own zone, when it is asked for.
on("pointerover", (event) => {
  const time = event.target.closest?.("time")
  const style = { dateStyle: "full", timeStyle: "long", timeZone: zone }
  if (time) time.title = new Date(time.dateTime).toLocaleString("en-GB", style)
})

// Rows that scroll sideways show where the reader is.
for (const here of $$(":is(.nav, .tabs) [aria-current]")) {
  here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.clientWidth / 2
}

const copy = async (button, text) => {
  button.dataset.keepLabel ??= button.textContent
  let copied = true
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    // A page that is no secure context has no clipboard; what is selected in it can be copied all the same.
    const box = Object.assign(document.createElement("textarea"), { value: text })
    button.after(box)
    box.select()
    copied = document.execCommand("copy")
    box.remove()
    button.focus()
  }
  button.textContent = copied ? "Copied" : "Not allowed"
  setTimeout(() => (button.textContent = button.dataset.keepLabel), 1500)
}
on("click", (event) => {
  const button = event.target.closest?.("[data-copy]")
  if (button) copy(button, $(button.dataset.copy).textContent.trim())
})

// It comes after a refusal too.
on("htmx:after:swap", ({ detail }) => {
  if (isNews(detail.ctx.sourceElement) && detail.ctx.response.raw.ok) upToDate()
})
if (!$(".feed")) upToDate()
tick()
