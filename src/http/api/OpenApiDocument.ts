/** The part of an OpenAPI document that the reference page reads. */
export interface SchemaNode {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly enum?: ReadonlyArray<unknown>
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: SchemaNode
  readonly allOf?: ReadonlyArray<SchemaNode>
  readonly anyOf?: ReadonlyArray<SchemaNode>
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: ReadonlyArray<string>
}

type Content = Readonly<Record<string, { readonly schema: SchemaNode; readonly example?: unknown }>>

export interface Answer {
  readonly description: string
  readonly content?: Content
  readonly headers?: Readonly<
    Record<string, { readonly description?: string; readonly required?: boolean; readonly schema: SchemaNode }>
  >
}

export interface Operation {
  readonly operationId: string
  readonly tags: ReadonlyArray<string>
  readonly summary?: string
  readonly description?: string
  readonly parameters: ReadonlyArray<{
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
    readonly schema: SchemaNode
  }>
  readonly requestBody?: { readonly content: Content; readonly required?: boolean }
  readonly responses: Readonly<Record<string, Answer>>
  readonly deprecated?: boolean
  /** The events of a stream, by name. */
  readonly "x-events"?: Readonly<Record<string, SchemaNode>>
  /** Why a WebSocket is ended by the server, by the code of its closing. */
  readonly "x-close-codes"?: Readonly<Record<string, string>>
  /** What is said over a WebSocket, by who says it. */
  readonly "x-messages"?: Readonly<Record<string, SchemaNode>>
}

export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, SchemaNode>> }
  readonly tags: ReadonlyArray<{ readonly name: string; readonly description?: string }>
}
