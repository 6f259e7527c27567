// Forms that load a page are sent once. It follows app.js in one file.

// Who presses again gives the browser another answer to wait for, and it drops the first one. After this time the answer
// may well be lost; the server knows the form, and does nothing a second time.
const WAIT_MS = 10000
on("submit", (event) => {
  const form = event.target
  if (!form.matches("[method=post]:not([hx-post])")) return
  const now = Date.now()
  if (now - form.dataset.keepSending < WAIT_MS) event.preventDefault()
  else form.dataset.keepSending = now
})

// Who goes back to a form means to send another one.
addEventListener("pageshow", ({ persisted }) => {
  for (const form of document.forms) delete form.dataset.keepSending
  if (!persisted && !isBack) return
  const key = crypto.getRandomValues(new Uint32Array(4)).join("-")
  for (const box of $$("[name=once]")) box.value = key
})

// Another tab of this browser may sign in as somebody else. In their name nothing is done that this page sends.
on("formdata", ({ formData, target }) => target.method === "post" && formData.set("reader", page.reader ?? ""))
