/** Tables of fields and parameters, and the types in them. */
import type { SchemaNode } from "./OpenApiDocument.ts"

/** Words between backticks are code, as in Markdown. */
export const Prose = ({ children = "" }: { readonly children?: string | undefined }) => (
  <>{children.split("`").map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
)

const nameOf = (ref: string) => ref.split("/").at(-1) ?? ref

export const Type = ({ schema }: { readonly schema: SchemaNode }) => {
  if (schema.$ref !== undefined) return <a href={`#schema-${nameOf(schema.$ref)}`}>{nameOf(schema.$ref)}</a>
  if (schema.allOf?.[0] !== undefined) return <Type schema={schema.allOf[0]} />
  if (schema.anyOf !== undefined) {
    return (
      <>
        {schema.anyOf.map((each, index) => (
          <>
            {index > 0 && " or "}
            <Type schema={each} />
          </>
        ))}
      </>
    )
  }
  if (schema.type === "array" && schema.items) {
    return (
      <>
        list of <Type schema={schema.items} />
      </>
    )
  }
  if (schema.enum !== undefined) return <code>{schema.enum.map((each) => JSON.stringify(each)).join(" | ")}</code>
  const data = schema.properties?.data
  if (data !== undefined) {
    return (
      <>
        {"{ data: "}
        <Type schema={data} />
        {schema.properties?.nextCursor ? ", nextCursor? }" : " }"}
      </>
    )
  }
  const bounds = schema.minimum === undefined ? "" : ` ${schema.minimum} to ${schema.maximum ?? "…"}`
  return <>{`${schema.format ?? schema.type ?? "any JSON"}${bounds}`}</>
}

export const Fields = ({
  rows
}: {
  readonly rows: ReadonlyArray<readonly [string, SchemaNode, boolean, string | undefined]>
}) => (
  <table>
    <tbody>
      {rows.map(([name, schema, required, description]) => (
        <tr>
          <th scope="row">
            <code>{name}</code>
            {required && <small> required</small>}
          </th>
          <td>
            <Type schema={schema} />
          </td>
          <td>
            <Prose>{description}</Prose>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)
