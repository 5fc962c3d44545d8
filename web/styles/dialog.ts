import { css } from "lit";

/** What floats: the only things with a shadow. */
export const dialogStyles = css`
  dialog {
    border: 0;
    padding: 0;
    color: var(--ink);
    background: var(--surface);
    box-shadow: var(--lift-2);
    border-radius: var(--radius-2);
    inline-size: min(34rem, calc(100vw - 2rem));
    max-block-size: min(40rem, calc(100dvh - 4rem));
    margin-block-start: 12vh;
  }
  dialog::backdrop {
    background: color-mix(in srgb, var(--ink), transparent 72%);
  }
  .head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding: 0.6rem 0.6rem 0.6rem 1.1rem;
    border-block-end: 1px solid var(--line);
  }
  .head h2 {
    font-size: var(--text-md);
    font-weight: 600;
  }
  .content {
    padding: 0.9rem 1.1rem 1.2rem;
  }
`;
