/** The reference of the API as one page without scripts, so that it works offline and under any policy. */
import { Fields, Prose, Type } from "./DocsFields.tsx"
import { OperationSection } from "./DocsOperation.tsx"
import type { OpenApiDocument, SchemaNode } from "./OpenApiDocument.ts"
import { problemCodes } from "./problems.ts"

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

const SchemaBody = ({ schema }: { readonly schema: SchemaNode }) => (
  <>
    {schema.description !== undefined && (
      <p>
        <Prose>{schema.description}</Prose>
      </p>
    )}
    {schema.anyOf?.map((each) => (
      <SchemaBody schema={each} />
    ))}
    {schema.properties === undefined ? (
      schema.anyOf === undefined && <Type schema={schema} />
    ) : (
      <Fields
        rows={Object.entries(schema.properties).map(([field, node]) => [
          field,
          node,
          schema.required?.includes(field) === true,
          node.description
        ])}
      />
    )}
  </>
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
              <SchemaBody schema={schema} />
            </details>
          ))}
        </main>
      </body>
    </html>
  )
}
