// The A4 sheet that the family takes home.
import { t } from '../i18n';
import { st } from '../i18n/staff';
import type { Transfer } from '../lib/api';
import { useSchool } from '../lib/data';
import { date, fill, fullName } from '../lib/format';
import { OnPaper } from '../parts/OnPaper';
import { Qr } from '../parts/Qr';

type Made = { code: string; expires: string; transfer: Transfer };

function Body({ code, expires, transfer }: Made) {
  const school = useSchool().data;
  const { student } = transfer;
  return (
    <>
      <p class="sheet-school">{school?.name}</p>
      <p class="sheet-title">{st().code.sheetTitle}</p>
      <dl class="facts">
        {student && <div><dt>{st().code.sheetFor}</dt><dd>{fullName(student)}{student.class && `, ${fill(t().student.class, { name: student.class })}`}</dd></div>}
        {school && <div><dt>{st().code.sheetFrom}</dt><dd>{school.name} · {school.short}</dd></div>}
      </dl>
      <div class="sheet-code">
        <Qr text={code} label={st().code.qr} />
        <div>
          <p class="code-text">{code.split('-').map((one, i) => <span key={i}>{one} </span>)}</p>
          <p>{fill(st().code.expires, { date: date(expires) })}</p>
        </div>
      </div>
      <p class="sheet-how">{st().code.sheetHow}</p>
      <ol>{st().code.sheetSteps.map((one) => <li key={one}>{one}</li>)}</ol>
      <p class="sheet-care">{st().code.sheetCare}</p>
      <p class="sheet-foot">{fill(t().common.printed, { date: date(new Date().toISOString()) })}</p>
    </>
  );
}

export const Sheet = ({ onPrinted, ...made }: Made & { onPrinted: () => void }) => <OnPaper onPrinted={onPrinted}><Body {...made} /></OnPaper>;
