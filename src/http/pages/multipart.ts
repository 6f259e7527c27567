/** Pictures one after the other in one answer, each in the place of the one before (`multipart/x-mixed-replace`). */
import { Stream } from "effect"

const BOUNDARY = "callboard-picture"

export const MULTIPART_TYPE = `multipart/x-mixed-replace; boundary=${BOUNDARY}`

const encoder = new TextEncoder()
const bytes = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

/** With the boundary that ends it: browsers show a picture when they have read that. */
const partOf = (jpeg: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.concat([
      bytes(`Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
      jpeg,
      bytes(`\r\n--${BOUNDARY}\r\n`)
    ])
  )

/** The first boundary goes at once: Bun holds the headers of an answer back until its first byte. */
export const multipartOf = <E, R>(
  pictures: Stream.Stream<Uint8Array, E, R>
): Stream.Stream<Uint8Array<ArrayBuffer>, E, R> =>
  Stream.make(bytes(`--${BOUNDARY}\r\n`)).pipe(Stream.concat(Stream.map(pictures, partOf)))
