// Single keys and ticked rows. It follows hold.js in one file. Everything here is also there without it.

// Ticks: how many, ranges with Shift, and all that match.
const ticks = () => $$(".job-tick input")
let lastTick
const showTicks = () => {
  const bar = $("#bulk-form")
  if (!bar) return
  const all = $("#bulk-all:checked")
  const ids = $$(".job-tick input:checked").map(({ id }) => id)
  bar.classList.toggle("shown", ids[0] || all)
  $("#bulk-count").textContent = all ? "All selected" : `${ids.length} selected`
  const ticked = ids.join()
  if (ticked !== history.state?.ticked) history.replaceState({ htmx: true, ticked }, "")
}
const tickRange = (to) => {
  const all = ticks()
  const [from, until] = [all.indexOf(lastTick), all.indexOf(to)].sort((a, b) => a - b)
  // Without a tick before, this is the row itself or none.
  for (const tick of all.slice(from, until + 1)) tick.checked = to.checked
}
// Before its change, which shows them all.
on("click", ({ shiftKey, target }) => {
  if (!target.matches?.(".job-tick input")) return
  if (shiftKey) tickRange(target)
  lastTick = target
})
on("change", showTicks)
on("htmx:after:swap", showTicks)
// Browsers would tick again by the place in the page, and another job may stand there now.
for (const tick of ticks()) tick.checked ||= history.state?.ticked?.includes(tick.id)
showTicks()

// The row that keys act on: the one that has the focus, or was chosen with j and k.
const ROW = ".jobs tbody > tr, .ops tbody > tr, [data-row]"
const currentRow = () => document.activeElement?.closest?.(ROW) ?? $(".current")
const moveTo = (row) => {
  if (!row) return
  $(".current")?.classList.remove("current")
  row.classList.add("current")
  const main = row.querySelector("th a") ?? row.querySelector("a, input:not([type=hidden]), button")
  main?.focus()
}
const step = (by) => {
  const all = $$(ROW)
  const at = all.indexOf(currentRow())
  moveTo(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))])
}
const tick = (range) => {
  const box = currentRow()?.querySelector(".job-tick input")
  if (!box) return
  box.checked = !box.checked
  if (range) tickRange(box)
  lastTick = box
  showTicks()
}
/** A button of the page, or of the bar for ticked rows; with nothing ticked the current row is meant. */
const press = (key) => {
  const button = $(`[data-key="${key}"]`)
  if (button?.matches("#bulk-form:not(.shown) *")) tick(false)
  button?.click()
}
const turn = (selector, by) => {
  const all = $$(selector)
  const at = all.findIndex((each) => each.hasAttribute("aria-current"))
  all[at + by]?.click()
}
const film = (by) => {
  const all = $$(".film-frame a:has(img)")
  const at = all.indexOf(document.activeElement)
  all[at < 0 ? 0 : at + by]?.focus()
}
const clear = () => {
  $("#bulk-form")?.reset()
  showTicks()
}
const places = { n: "/", i: "/inbox", j: "/jobs", r: "/restaurants", f: "/failures", t: "/types", l: "/fleet" }
const keys = {
  "?": () => location.assign("/help#keys"),
  "/": () => $(".search input")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => tick(false),
  X: () => tick(true),
  e: () => press("e"),
  c: () => press("c"),
  l: () => $("#live")?.click(),
  "[": () => turn("[data-attempt]", -1),
  "]": () => turn("[data-attempt]", 1),
  ArrowLeft: () => film(-1),
  ArrowRight: () => film(1),
  ".": () => $("#log-more")?.click(),
  Escape: clear
}
let going = false
// Before htmx has seen the page, a pressed button would send its form without asking first.
let ready = false
on("htmx:after:process", () => {
  ready = true
})
const isTyping = (element) => element.matches?.("input:not([type=checkbox]), select, textarea, [contenteditable]")
on("keydown", (event) => {
  const { altKey, ctrlKey, key, metaKey, target } = event
  if (!ready || altKey || ctrlKey || metaKey || event.defaultPrevented || page.keys === "off") return
  if (isTyping(target) || $("dialog[open]")) return
  const wentOn = going
  going = !wentOn && key === "g"
  if (wentOn) return places[key] && location.assign(places[key])
  if (going) return
  const tab = /^[1-6]$/u.test(key) && $$("[data-tab]")[key - 1]
  if (!tab && !keys[key]) return
  // Where an arrow has nothing to move through, it still scrolls.
  if (!key.startsWith("Arrow") || $(".film-frame")) event.preventDefault()
  if (tab) tab.click()
  else keys[key]()
})

// What screen readers are told: all, what matters, or nothing.
new MutationObserver((records) => {
  const wanted = page.announce
  for (const { addedNodes } of records) {
    for (const node of addedNodes) {
      if (!node.matches?.(".toast.visually-hidden")) continue
      if (wanted === "none" || (wanted === "important" && node.dataset.important === undefined)) node.remove()
    }
  }
}).observe($("#toasts-status"), { childList: true })
