/** Files that were sent, in memory. */
import { DateTime, Effect, Layer, Stream } from "effect"
import { type NewUpload, UploadId, UploadNotFound, Uploads } from "../../src/domain/Uploads.ts"

const AT = DateTime.makeUnsafe("2026-03-01T10:00:00.000Z")

export class FakeUploads {
  readonly files = new Map<string, { readonly upload: NewUpload; readonly bytes: Uint8Array }>()

  get layer() {
    return Layer.succeed(Uploads, {
      put: (upload, content) =>
        Effect.map(Stream.runCollect(content), (chunks) => {
          const bytes = new Uint8Array(Buffer.concat(chunks))
          const id = UploadId.make(crypto.randomUUID())
          this.files.set(id, { upload, bytes })
          const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex")
          const { contentType, name } = upload
          return { id, name, contentType, size: bytes.length, sha256, createdAt: AT, expiresAt: AT }
        }),
      find: (id) => Effect.fail(new UploadNotFound({ id }))
    })
  }
}
