// Forms that load a page are sent once. It follows app.js in one file.

// Who presses again gives the browser another answer to wait for, and it drops the first one. After this time the answer
// may well be lost; the server knows the form, and does nothing a second time.
const WAIT_MS = 10000
const KEY = "input[name=once]"
const sentAt = new WeakMap()
const loadsPage = (form) => form.matches("[method=post]:not([hx-post])")
on(
  "submit",
  (event) => {
    const form = event.target
    if (!loadsPage(form)) return
    if (Date.now() - (sentAt.get(form) ?? 0) < WAIT_MS) {
      event.preventDefault()
      event.stopImmediatePropagation()
      return
    }
    sentAt.set(form, Date.now())
    form.dataset.sending = ""
  },
  true
)

// Who goes back to a form means to send another one.
const freshKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-")
addEventListener("pageshow", ({ persisted }) => {
  for (const form of document.forms) {
    sentAt.delete(form)
    delete form.dataset.sending
  }
  if (!persisted && performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return
  const key = freshKey()
  for (const box of document.querySelectorAll(KEY)) box.value = key
})
