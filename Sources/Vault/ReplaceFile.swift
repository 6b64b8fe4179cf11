package import Linux
internal import TwostepCore

extension Descriptor {
    /// Puts a whole file under `name` in this folder: under another name first, durable, then renamed, so that a
    /// reader sees the old file or the new one, never half of one.
    package func replaceFile(_ name: [UInt8], with bytes: Span<UInt8>, mode: UInt32) throws(SystemError) {
        let temporary = [UInt8](text: ".new-") + name
        let file = try stageFile(temporary, with: bytes, mode: mode)
        do throws(SystemError) {
            try file.sync()
            try rename(temporary, to: name)
            try sync()
        } catch {
            do throws(SystemError) { try remove(temporary) } catch {}
            throw error
        }
    }

    /// Writes a file that is to be renamed, and does not wait for the disk.
    @discardableResult
    func stageFile(
        _ temporary: [UInt8], with bytes: Span<UInt8>, mode: UInt32
    ) throws(SystemError) -> Descriptor {
        // What a run that was killed left behind.
        do throws(SystemError) { try remove(temporary) } catch { guard error == .noEntry else { throw error } }
        do throws(SystemError) {
            let file = try open(temporary, .create(mode: mode))
            // The umask took bits away when the file was made.
            try file.setMode(mode)
            try file.write(bytes, at: 0)
            return file
        } catch {
            do throws(SystemError) { try remove(temporary) } catch {}
            throw error
        }
    }
}
