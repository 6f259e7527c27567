/** Pictures one after the other in one answer, each in the place of the one before (`multipart/x-mixed-replace`). */
import { Stream } from "effect"

const BOUNDARY = "callboard-picture"

export const MULTIPART_TYPE = `multipart/x-mixed-replace; boundary=${BOUNDARY}`

const encoder = new TextEncoder()

/**
 * How a part begins. It is sent right behind the picture before, which is shown then: Firefox waits for the boundary, Chromium
 * and WebKit for the headers of the next part. So these name no length, which nobody knows yet.
 */
const BEGIN = encoder.encode(`--${BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\n`)
const LINE_END = encoder.encode("\r\n")

const partOf = (jpeg: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat([jpeg, LINE_END, BEGIN]))

/** The first part begins at once: Bun holds the headers of an answer back until its first byte. */
export const multipartOf = <E, R>(
  pictures: Stream.Stream<Uint8Array, E, R>
): Stream.Stream<Uint8Array<ArrayBuffer>, E, R> => Stream.make(BEGIN).pipe(Stream.concat(Stream.map(pictures, partOf)))
