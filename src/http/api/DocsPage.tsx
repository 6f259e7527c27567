/** The reference of the API as one page without scripts, so that it works offline and under any policy. */
import { Fields, Prose, Type } from "./DocsFields.tsx"
import type { OpenApiDocument, Operation } from "./OpenApiDocument.ts"
import { problemCodes } from "./problems.ts"

const OperationSection = ({ method, operation, path }: { method: string; operation: Operation; path: string }) => {
  const body = operation.requestBody?.content["application/json"]
  return (
    <section id={operation.operationId}>
      <h3>
        {operation.summary} <code>{`${method.toUpperCase()} ${path}`}</code>
      </h3>
      <p>
        <Prose>{operation.description}</Prose>
      </p>
      {operation.parameters.length > 0 && (
        <Fields
          rows={operation.parameters.map((each) => [each.name, each.schema, each.required === true, each.description])}
        />
      )}
      {body && (
        <>
          <p>
            Body: <Type schema={body.schema} />
            {!operation.requestBody?.required && " (optional)"}
          </p>
          <pre>{JSON.stringify(body.example, null, 2)}</pre>
        </>
      )}
      <ul>
        {Object.entries(operation.responses).map(([status, { content, description }]) => (
          <li>
            <strong>{status}</strong> {description}{" "}
            {content?.["application/json"] && <Type schema={content["application/json"].schema} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

const Problems = () => (
  <section id="problems">
    <h2>Problems</h2>
    <p>
      Every failure is <code>application/problem+json</code>. Programs compare <code>code</code>; wrong values are named
      one by one in <code>errors</code>.
    </p>
    <table>
      <tbody>
        {Object.entries(problemCodes).map(([code, { status, title }]) => (
          <tr id={code}>
            <th scope="row">
              <code>{code}</code>
            </th>
            <td>{status}</td>
            <td>{title}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)

export const DocsPage = ({ document, style }: { readonly document: OpenApiDocument; readonly style: string }) => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, operation, path }))
  )
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{document.info.title} API</title>
        {/* The policy of the answer allows exactly this text, so it is not escaped. */}
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <main>
          <h1>{document.info.title} API</h1>
          <p>
            <Prose>{document.info.description}</Prose>
          </p>
          <p>
            <a href="/api/openapi.json">OpenAPI document</a>, <a href="/jobs">Board</a>,{" "}
            <a href="#problems">Problems</a>
          </p>
          <nav aria-label="Operations">
            <ul>
              {operations.map(({ method, operation, path }) => (
                <li>
                  <a href={`#${operation.operationId}`}>{operation.summary}</a>{" "}
                  <code>{`${method.toUpperCase()} ${path}`}</code>
                </li>
              ))}
            </ul>
          </nav>
          {document.tags.map((tag) => (
            <>
              <h2>{tag.name}</h2>
              {operations
                .filter(({ operation }) => operation.tags.includes(tag.name))
                .map((each) => (
                  <OperationSection {...each} />
                ))}
            </>
          ))}
          <Problems />
          <h2>Schemas</h2>
          {Object.entries(document.components.schemas).map(([name, schema]) => (
            <details id={`schema-${name}`} open>
              <summary>{name}</summary>
              <Fields
                rows={Object.entries(schema.properties ?? {}).map(([field, node]) => [
                  field,
                  node,
                  schema.required?.includes(field) === true,
                  node.description
                ])}
              />
            </details>
          ))}
        </main>
      </body>
    </html>
  )
}
