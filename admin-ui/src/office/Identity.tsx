import { t } from '../i18n';
import { st } from '../i18n/staff';
import { useSchool } from '../lib/data';
import { fill } from '../lib/format';
import { Loaded } from '../parts/States';

/** The school and its node, as other schools know them. */
export function Identity() {
  const school = useSchool();
  return (
    <Loaded of={school} retry="school">
      {(data) => (
        <dl class="facts">
          <div><dt>{st().start.name}</dt><dd>{data.name}</dd></div>
          <div>
            <dt>{st().start.short}</dt>
            <dd><span class="code-text">{data.short}</span><span class="hint">{st().start.shortHint}</span></dd>
          </div>
          <div><dt>{st().start.district}</dt><dd>{data.district}, {fill(t().common.region, { code: data.region })}</dd></div>
          <div><dt>{st().start.root}</dt><dd>{data.root.id === data.id ? st().start.rootSelf : data.root.name}</dd></div>
          {data.powers.length > 0 && (
            <div><dt>{st().start.powers}</dt><dd>{data.powers.map((p) => st().powers[p]).join(', ')}</dd></div>
          )}
          <div><dt>{st().start.version}</dt><dd>{data.version}</dd></div>
        </dl>
      )}
    </Loaded>
  );
}
