// Single keys: where to go and which row comes next. Never while somebody types, chooses or is asked something, and not
// where they were switched off.
const KEYS_OFF = "callboard-keys-off"
const places = { n: "/", i: "/inbox", j: "/jobs", r: "/restaurants", f: "/failures", t: "/types", l: "/fleet" }
const TYPED = "input, textarea, select, [contenteditable], dialog, [role=textbox]"
const GO_MS = 1500
let goUntil = 0
const rows = () => [...document.querySelectorAll("[data-row], .jobs tbody tr")]
const moveRow = (step) => {
  const all = rows()
  const here = all.findIndex((row) => row.contains(document.activeElement))
  const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step]
  next?.querySelector("a, input:not([type=hidden]), button")?.focus()
}
const keys = {
  j: () => moveRow(1),
  k: () => moveRow(-1),
  "/": () => $("#search")?.focus(),
  "?": () => location.assign("/help#keys"),
  l: () => $("#live")?.click(),
  g: () => (goUntil = Date.now() + GO_MS)
}
const keysOff = () => localStorage.getItem(KEYS_OFF) === "yes"
on("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return
  if (event.target.closest?.(TYPED) || $("dialog[open]") || keysOff()) return
  const going = Date.now() < goUntil
  if (going) goUntil = 0
  const place = going ? places[event.key] : undefined
  if (place !== undefined) location.assign(place)
  else if (!going && Object.hasOwn(keys, event.key)) keys[event.key]()
  else return
  event.preventDefault()
})
const showKeys = () => {
  const button = $("#keys-switch")
  if (button) button.textContent = keysOff() ? "Turn single keys on" : "Turn single keys off"
}
on("click", (event) => {
  if (!event.target.closest?.("#keys-switch")) return
  if (keysOff()) localStorage.removeItem(KEYS_OFF)
  else localStorage.setItem(KEYS_OFF, "yes")
  showKeys()
})
showKeys()

// How many questions wait stands in the title of the tab, and those who want it are told of a new one.
const NOTIFY = "callboard-notify"
const COUNT_MS = 30000
const waiting = () => Number($("#nav-inbox")?.dataset.count ?? 0)
let known = waiting()
const mayNotify = () =>
  "Notification" in window && Notification.permission === "granted" && localStorage.getItem(NOTIFY) === "yes"
const tell = (count) => {
  if (count > known && mayNotify()) {
    const note = new Notification(count === 1 ? "A job needs you" : `${count} jobs need you`, { tag: "callboard" })
    note.onclick = () => {
      window.focus()
      location.assign("/inbox")
    }
  }
  known = count
  const name = document.title.replace(/^\([\d,+]+\) /u, "")
  document.title = count > 0 ? `(${count}) ${name}` : name
}
on("htmx:after:swap", () => waiting() !== known && tell(waiting()))
// A hidden tab holds no stream.
setInterval(() => {
  if (!document.hidden || !mayNotify()) return
  fetch("/inbox/count").then(
    async (answer) => answer.ok && tell((await answer.json()).questions),
    () => undefined
  )
}, COUNT_MS)
const showNotify = () => {
  const button = $("#notify")
  if (!button) return
  button.hidden = !("Notification" in window)
  button.setAttribute("aria-pressed", String(mayNotify()))
  button.textContent = mayNotify() ? "Stop notifying me" : "Notify me of questions"
}
on("click", async (event) => {
  if (!event.target.closest?.("#notify")) return
  if (mayNotify()) localStorage.removeItem(NOTIFY)
  else {
    localStorage.setItem(NOTIFY, "yes")
    if ((await Notification.requestPermission()) === "denied") alertToast("Your browser does not allow notifications.")
  }
  showNotify()
})
showNotify()
