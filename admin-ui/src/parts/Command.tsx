/** A line for the server's command line. */
export const Command = ({ text }: { text: string }) => <pre class="command"><code>{text}</code></pre>;
