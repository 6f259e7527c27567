/** What goes wrong between a page and Callboard and passes by itself, each as `fetch` shows it. */

const cutOff = () =>
  new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new TypeError("terminated"))
  })

export const troubles: ReadonlyArray<readonly [name: string, happen: () => Response]> = [
  [
    "a lost network",
    () => {
      throw new TypeError("fetch failed")
    }
  ],
  ["a request that took too long", () => new Response(null, { status: 408 })],
  ["a server in trouble", () => new Response(null, { status: 500 })],
  ["a gateway without its server", () => new Response("<h1>521</h1>", { status: 521 })],
  ["an answer that broke off", () => new Response(cutOff())],
  ["a page instead of an answer", () => new Response("<h1>Sign in to the Wi-Fi</h1>")]
]
