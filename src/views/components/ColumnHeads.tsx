/** The first row of a table: what its columns are called. */
export const ColumnHeads = ({ names }: { readonly names: ReadonlyArray<string> }) => (
  <thead>
    <tr>
      {names.map((name) => (
        <th scope="col">{name}</th>
      ))}
    </tr>
  </thead>
)
