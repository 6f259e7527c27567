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
