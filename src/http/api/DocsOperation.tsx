/** One operation of the API: what it takes, what it answers, and what its stream says. */
import { Fields, Prose, Type } from "./DocsFields.tsx"
import type { Answer, Operation, SchemaNode } from "./OpenApiDocument.ts"

type Parameter = Operation["parameters"][number]

const places = { path: "In the address", query: "In the query string", header: "Headers" } as const

const Parameters = ({ all }: { readonly all: ReadonlyArray<Parameter> }) => (
  <>
    {Object.entries(places).map(([place, title]) => {
      const here = all.filter((each) => each.in === place)
      return (
        here.length > 0 && (
          <>
            <h4>{title}</h4>
            <Fields rows={here.map((each) => [each.name, each.schema, each.required === true, each.description])} />
          </>
        )
      )
    })}
  </>
)

const Sample = ({ value }: { readonly value: unknown }) => (
  <pre>{typeof value === "string" ? value.trimEnd() : JSON.stringify(value, null, 2)}</pre>
)

const AnswerItem = ({ answer, status }: { readonly answer: Answer; readonly status: string }) => {
  const { content = {}, description, headers = {} } = answer
  const [type, body] = Object.entries(content)[0] ?? []
  const isGood = status.startsWith("2")
  return (
    <li>
      <strong>{status}</strong> <Prose>{description}</Prose>{" "}
      {body && type === "application/json" ? <Type schema={body.schema} /> : <code>{type}</code>}
      {isGood && Object.keys(headers).length > 0 && (
        <Fields
          rows={Object.entries(headers).map(([name, each]) => [
            name,
            each.schema,
            each.required === true,
            each.description
          ])}
        />
      )}
      {isGood && body?.example !== undefined && (
        <details>
          <summary>Example</summary>
          <Sample value={body.example} />
        </details>
      )}
    </li>
  )
}

const Named = ({ title, all }: { readonly title: string; readonly all: Readonly<Record<string, SchemaNode>> }) => (
  <>
    <h4>{title}</h4>
    <Fields rows={Object.entries(all).map(([name, schema]) => [name, schema, false, schema.description])} />
  </>
)

export interface OperationProps {
  readonly method: string
  readonly operation: Operation
  readonly path: string
}

export const OperationSection = ({ method, operation, path }: OperationProps) => {
  const body = operation.requestBody?.content["application/json"]
  const { "x-close-codes": closeCodes, "x-events": events, "x-messages": messages } = operation
  return (
    <section id={operation.operationId}>
      <h3>
        {operation.summary} <code>{`${method.toUpperCase()} ${path}`}</code>
        {operation.deprecated && <small>deprecated</small>}
      </h3>
      <p>
        <Prose>{operation.description}</Prose>
      </p>
      <Parameters all={operation.parameters} />
      {body && (
        <>
          <h4>
            Body: <Type schema={body.schema} />
            {!operation.requestBody?.required && " (optional)"}
          </h4>
          <Sample value={body.example} />
        </>
      )}
      {events && <Named title="Events, with their data" all={events} />}
      {messages && <Named title="Messages, by who sends them" all={messages} />}
      {closeCodes && (
        <>
          <h4>Why the server ends it</h4>
          <table>
            <tbody>
              {Object.entries(closeCodes).map(([code, reason]) => (
                <tr>
                  <th scope="row">
                    <code>{code}</code>
                  </th>
                  <td colspan={2}>{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <h4>Answers</h4>
      <ul>
        {Object.entries(operation.responses).map(([status, answer]) => (
          <AnswerItem status={status === "default" ? "Any other" : status} answer={answer} />
        ))}
      </ul>
    </section>
  )
}
