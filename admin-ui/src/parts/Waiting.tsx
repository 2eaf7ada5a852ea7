/** Long work says what it waits for. */
export function Waiting({ text }: { text: string }) {
  return (
    <div class="waiting" role="status">
      <progress aria-hidden="true" />
      <p>{text}</p>
    </div>
  );
}
