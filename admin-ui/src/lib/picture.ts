// A photo of a telephone is larger than its page: it is made small enough to send over a thin line, and
// loses the place where it was taken on the way.
const LONGEST = 2000;
const ENOUGH_BYTES = 700_000;
const QUALITY = 0.82;

export async function smaller(file: File): Promise<File> {
  if (!/^image\/(jpeg|png|webp|heic)/.test(file.type) || (file.size <= ENOUGH_BYTES && /^image\/(jpeg|png)$/.test(file.type))) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg' }) : file;
  } catch {
    return file; // the node says what is wrong with it
  }
}
