// What the reader has in hand is left alone. It follows actions.js in one file.

// A row with an open menu or dialog, or with the cursor in one of its fields, is not changed by live updates. What it
// missed meanwhile comes with the stream's next connection, which sends everything shown.
const HELD = ".jobs tbody > tr, .ops tbody > tr, [data-row], [data-home], #job-question"
const SKIP = "hx-morph-skip"
const FIELD = "input:not([type=checkbox], [type=hidden]), select, textarea"
let asking
const isInHand = (row) =>
  row.contains(asking) ||
  row.querySelector("details[open]:is(.menu, .pause, .note-edit)") !== null ||
  (row.contains(document.activeElement) && document.activeElement.matches(FIELD))
let missed = false
const hold = ({ target }) => {
  const row = target.closest(HELD)
  if (row && isInHand(row)) row.setAttribute(SKIP, "")
}
const release = () => {
  for (const row of $$(`[${SKIP}]`)) if (!isInHand(row)) row.removeAttribute(SKIP)
  if (!missed || $(`[${SKIP}]`)) return
  missed = false
  if (!paused) disconnect()
}
const later = () => setTimeout(release)
on("focusin", hold)
on("input", hold)
on("focusout", later)
on(
  "toggle",
  (event) => {
    hold(event)
    later()
  },
  true
)
on("htmx:confirm", (event) => {
  asking = event.target
  hold(event)
  $("#confirm").addEventListener(
    "close",
    () => {
      asking = undefined
      later()
    },
    { once: true }
  )
})
// The answer to what the reader sends is shown in the row itself.
on("htmx:config:request", ({ detail }) => detail.ctx.sourceElement.closest?.(`[${SKIP}]`)?.removeAttribute(SKIP))
on("htmx:after:swap", ({ detail }) => {
  if (detail.ctx.sourceElement.matches(".feed") && $(`[${SKIP}]`)) missed = true
})

// "3 new jobs – show" loads the page again: ticks are kept, and the focus goes to the first new row.
const SHOWN = "callboard-shown"
const PLACES = ".jobs tbody > tr, [data-row]"
on("click", ({ target }) => {
  if (!target.closest?.(".pill")) return
  const rows = $$(PLACES).map(({ id }) => id)
  sessionStorage.setItem(SHOWN, JSON.stringify({ rows, ticked: history.state?.ticked }))
})
const shownBefore = JSON.parse(sessionStorage.getItem(SHOWN))
sessionStorage.removeItem(SHOWN)
// Some browsers keep the entry of a page for a link to the same page, and who follows that begins anew.
if (shownBefore ?? (opened?.type === "navigate" && history.state?.ticked)) {
  history.replaceState({ htmx: true, ticked: shownBefore?.ticked }, "")
}
if (shownBefore) {
  const fresh = $$(PLACES).find(({ id }) => !shownBefore.rows.includes(id))
  const main = fresh?.querySelector("th a") ?? fresh?.querySelector("a, input:not([type=hidden]), button")
  main?.focus()
}

// A form that loads the page again: the focus comes back to its button, or to the one that undoes it. Where both are
// gone it goes to the name of what was acted on, and never to another action: a second Enter would start that.
const PRESSED = "callboard-pressed"
on("submit", ({ target, submitter }) => {
  if (!target.matches("[action]:not([hx-post], [hx-get])") || !submitter) return
  const action = target.getAttribute("action")
  sessionStorage.setItem(PRESSED, JSON.stringify({ page: location.pathname, action, value: submitter.value }))
})
const pressedBefore = JSON.parse(sessionStorage.getItem(PRESSED))
sessionStorage.removeItem(PRESSED)
if (pressedBefore?.page === location.pathname && !$("main [autofocus]")) {
  const { action, value } = pressedBefore
  const [thing, verb] = action.split(/\/(?=[a-z]+$)/u)
  const same = [action, `${thing}/${{ pause: "resume", resume: "pause" }[verb]}`]
  const form = [...document.forms].find((each) => same.includes(each.getAttribute("action")))
  const buttons = [...(form?.querySelectorAll("button") ?? [])]
  const button = buttons.find((each) => each.value === value) ?? buttons[0]
  const place = button ?? $(`main a[href="${thing}"]`) ?? $("main")
  ;(place.closest("details:not([open])")?.querySelector("summary") ?? place).focus()
}

// Who was signed out while typing finds it again after the sign-in. Passwords and codes are never kept.
const TYPED = "callboard-typed"
const KEPT = "textarea, select, input:not([type=hidden], [type=password], [type=file])"
const boxesOf = (form) =>
  [...form.elements].filter((box) => box.matches(KEPT) && box.name && box.dataset.unkept === undefined)
const typedIn = (form) => boxesOf(form).map((box) => [box.name, box.value, box.checked])
const namesOf = (boxes) => boxes.map(([name]) => name).join()
const typeAgain = (form, boxes) => {
  // A list comes back as long as it was when the page was made.
  const isWhole = namesOf(boxes) === namesOf(typedIn(form)) && !form.querySelector("[data-unkept], [type=password]")
  for (const [name, value, checked] of boxes) {
    const box = form.elements[name]
    if (!box) continue
    Object.assign(box, { value, checked })
    box.closest("details")?.setAttribute("open", "")
  }
  if (!isWhole) alertToast("Not all that you typed could be kept. Look at each box.")
}
on("submit", ({ target }) => {
  if (target.matches("[data-typed]")) {
    sessionStorage.setItem(TYPED, JSON.stringify({ action: target.getAttribute("action"), boxes: typedIn(target) }))
  }
})
const typed = JSON.parse(sessionStorage.getItem(TYPED))
const isOut = location.pathname === "/sign-in"
if (typed && isOut) sessionStorage.setItem(TYPED, JSON.stringify({ ...typed, wasOut: true }))
if (typed && !isOut) {
  // Another page may come first; what went through without a sign-in is not needed again.
  const form = typed.wasOut && [...document.forms].find((each) => each.getAttribute("action") === typed.action)
  if (form || !typed.wasOut) sessionStorage.removeItem(TYPED)
  if (form) typeAgain(form, typed.boxes)
}
