import { t } from '../i18n';
import type { DraftState } from '../lib/drafts';
import { dayOf, fill } from '../lib/format';

export function DraftNote({ state, onDiscard }: { state: DraftState; onDiscard: () => void }) {
  return (
    <p class="draft-note">
      {state !== 'none' && (
        <>
          <span>{state === 'saved' ? t().common.draftSaved : fill(t().common.draftRestored, { day: dayOf(state.restoredFrom) })}</span>
          <button type="button" class="text-button" onClick={onDiscard}>{t().common.draftDiscard}</button>
        </>
      )}
    </p>
  );
}
