// The A4 sheet that the family takes home. It exists only while it is being printed.
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import type { Transfer } from '../lib/api';
import { useSchool } from '../lib/data';
import { date, fill, fullName } from '../lib/format';
import { Qr } from './Qr';

type Made = { code: string; expires: string; transfer: Transfer };
// Time for the QR code's own script and drawing.
const DRAW_MS = 300;

function Body({ code, expires, transfer }: Made) {
  const school = useSchool().data;
  const { student } = transfer;
  return (
    <>
      <p class="sheet-school">{school?.name}</p>
      <p class="sheet-title">{t().code.sheetTitle}</p>
      <dl class="facts">
        {student && <div><dt>{t().code.sheetFor}</dt><dd>{fullName(student)}{student.class && `, ${fill(t().student.class, { name: student.class })}`}</dd></div>}
        {school && <div><dt>{t().code.sheetFrom}</dt><dd>{school.name} · {school.short}</dd></div>}
      </dl>
      <div class="sheet-code">
        <Qr text={code} label={t().code.qr} />
        <div>
          <p class="code-text">{code.split('-').map((one, i) => <span key={i}>{one} </span>)}</p>
          <p>{fill(t().code.expires, { date: date(expires) })}</p>
        </div>
      </div>
      <p class="sheet-how">{t().code.sheetHow}</p>
      <ol>{t().code.sheetSteps.map((one) => <li key={one}>{one}</li>)}</ol>
      <p class="sheet-care">{t().code.sheetCare}</p>
      <p class="sheet-foot">{fill(t().common.printed, { date: date(new Date().toISOString()) })}</p>
    </>
  );
}

/** Stands beside the page, not inside the dialog, so that only it is printed. */
export function Sheet({ onPrinted, ...made }: Made & { onPrinted: () => void }) {
  useEffect(() => {
    const root = document.documentElement;
    const host = document.createElement('div');
    host.className = 'sheet';
    document.body.append(host);
    render(<Body {...made} />, host);
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
