// What is printed instead of the page. It exists only while it is being printed.
import { render, type ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

// Time for the QR code's own script and drawing.
const DRAW_MS = 300;

/** Stands beside the page, not inside a dialog, so that only it is printed. */
export function OnPaper({ onPrinted, children }: { onPrinted: () => void; children: ComponentChildren }) {
  useEffect(() => {
    const root = document.documentElement;
    const host = document.createElement('div');
    host.className = 'sheet';
    document.body.append(host);
    render(<>{children}</>, host);
    root.classList.add('sheet-only');
    addEventListener('afterprint', onPrinted);
    const timer = window.setTimeout(() => print(), DRAW_MS);
    return () => {
      clearTimeout(timer);
      removeEventListener('afterprint', onPrinted);
      root.classList.remove('sheet-only');
      render(null, host);
      host.remove();
    };
  }, []);
  return null;
}
