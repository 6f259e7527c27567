/** The same stream, which says once that it has ended, however it ended. */
export const seatedStream = (body: ReadableStream<Uint8Array>, ended: () => void): ReadableStream<Uint8Array> => {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await reader.read().catch((error: unknown) => {
        ended()
        throw error
      })
      if (!done) return controller.enqueue(value)
      ended()
      controller.close()
    },
    cancel: (reason) => {
      ended()
      return reader.cancel(reason)
    }
  })
}
