/** Long work says what it waits for. */
export function Progress({ text }: { text: string }) {
  return (
    <div class="progressing" role="status">
      <progress aria-hidden="true" />
      <p>{text}</p>
    </div>
  );
}
