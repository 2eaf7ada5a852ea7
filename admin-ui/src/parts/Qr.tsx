import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** Dark squares on white in either theme: readers want it so. */
export function Qr({ text, label }: { text: string; label: string }) {
  const drawn = useSignal<{ size: number; path: string } | null>(null);
  useEffect(() => {
    void import('uqr').then(({ encode }) => {
      const { data, size } = encode(text, { ecc: 'M', border: 2 });
      const path = data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ''))).join('');
      drawn.value = { size, path };
    });
  }, [text]);
  const size = drawn.value?.size ?? 1;
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} class="qr-ground" />
      {drawn.value && <path d={drawn.value.path} class="qr-ink" />}
    </svg>
  );
}
