#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>
#include <support/fake_exchange.hpp>

#include <gtest/gtest.h>

#include <signaling/net/static_files.hpp>

#include "served_file.hpp"

namespace signaling::net {
namespace {

namespace fs = std::filesystem;
using signaling::test::FakeExchange;

class Directory {
 public:
  Directory() {
    char pattern[] = "/tmp/signaling-files-XXXXXX";
    path_ = ::mkdtemp(pattern);
  }
  ~Directory() { fs::remove_all(path_); }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  const fs::path& path() const { return path_; }
  std::string string() const { return path_.string(); }

 private:
  fs::path path_;
};

FakeExchange::Headers gzip() { return {{"Accept-Encoding", "gzip"}}; }

TEST(StaticFiles, ServesWhatIsInTheDirectoryAndNothingElse) {
  const Directory outside;
  outside.write("secret.txt", "secret");
  const Directory directory;
  directory.write("index.html", "<p>");
  directory.write("js/app.js", "app()");
  directory.write(".hidden", "no");
  directory.write(".git/config", "no");
  fs::create_symlink(outside.path() / "secret.txt", directory.path() / "link.txt");
  fs::create_symlink(outside.path(), directory.path() / "linked");
  fs::create_symlink(directory.path() / "js/app.js", directory.path() / "alias.js");
  StaticFiles files(directory.string(), "/web/");
  EXPECT_EQ(files.file_count(), 3u);
  const auto status = [&](std::string_view target) {
    FakeExchange exchange("GET", target);
    files.handle(exchange);
    return exchange.status();
  };
  for (const char* found : {"/web/", "/web/index.html", "/web/js/app.js", "/web/js%2Fapp.js?v=2", "/web/alias.js"})
    EXPECT_EQ(status(found), 200u) << found;
  for (const char* missing :
       {"/web", "/web/nothing", "/web/js", "/web/js/", "/web/../etc/passwd", "/web/%2e%2e/%2e%2e/etc/passwd", "/web/.hidden",
        "/web/.git/config", "/web/link.txt", "/web/linked/secret.txt", "/web/js/../index.html", "/web/%", "/web/%zz",
        "/web/index.html%00", "/web//index.html"})
    EXPECT_EQ(status(missing), 404u) << missing;
}

TEST(StaticFiles, AnswersWithTypeTagAndCacheControl) {
  const Directory directory;
  directory.write("page.HTML", "<p>");
  StaticFiles files(directory.string(), "/");
  FakeExchange exchange("GET", "/page.HTML");
  files.handle(exchange);
  EXPECT_EQ(exchange.reply().content_type, "text/html; charset=utf-8");
  EXPECT_EQ(exchange.reply_header("Cache-Control"), "public, max-age=0");
  const std::string tag = exchange.reply_header("ETag");
  EXPECT_TRUE(tag.starts_with('"') && tag.ends_with('"')) << tag;

  FakeExchange again("GET", "/page.HTML", "", {{"If-None-Match", "\"other\", W/" + tag}});
  files.handle(again);
  EXPECT_EQ(again.status(), 304u);
  EXPECT_EQ(again.reply_header("ETag"), tag);
  EXPECT_TRUE(again.body().empty());
}

TEST(StaticFiles, KeepsAGzipVariantWithATagOfItsOwn) {
  const Directory directory;
  directory.write("app.js", std::string(4000, 'x'));
  directory.write("small.js", "x");
  directory.write("photo.png", std::string(4000, 'x'));
  StaticFiles files(directory.string(), "/");
  FakeExchange compressed("GET", "/app.js", "", gzip());
  files.handle(compressed);
  EXPECT_EQ(compressed.reply_header("Content-Encoding"), "gzip");
  EXPECT_EQ(compressed.reply_header("Vary"), "Accept-Encoding");
  EXPECT_LT(compressed.body().size(), 200u);
  FakeExchange plain("GET", "/app.js");
  files.handle(plain);
  EXPECT_EQ(plain.body().size(), 4000u);
  EXPECT_EQ(plain.reply_header("Vary"), "Accept-Encoding");
  EXPECT_NE(plain.reply_header("ETag"), compressed.reply_header("ETag"));
  for (const char* as_it_is : {"/small.js", "/photo.png"}) {
    FakeExchange exchange("GET", as_it_is, "", gzip());
    files.handle(exchange);
    EXPECT_EQ(exchange.reply_header("Content-Encoding"), "") << as_it_is;
  }
}

TEST(StaticFiles, RefusesOtherMethods) {
  const Directory directory;
  directory.write("a.txt", "a");
  StaticFiles files(directory.string(), "/");
  FakeExchange exchange("POST", "/a.txt");
  files.handle(exchange);
  EXPECT_EQ(exchange.status(), 405u);
  EXPECT_EQ(exchange.reply_header("Allow"), "GET, HEAD");
}

TEST(StaticFiles, NamesTheDirectoryThatCannotBeServed) {
  EXPECT_THROW(StaticFiles("/nonexistent/www", "/"), std::runtime_error);
  const Directory directory;
  directory.write("a.txt", "12345");
  StaticFilesOptions options;
  options.max_total_bytes = 4;
  try {
    StaticFiles(directory.string(), "/", options);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find(directory.string()), std::string::npos);
  }
}

TEST(ClientBundle, ServesItsEightNamesAndNoOthers) {
  const Directory directory;
  directory.write("socket.io.js", "client");
  directory.write("socket.io.min.js.map", "{}");
  directory.write("other.js", "no");
  ClientBundle bundle(directory.string(), "/socket.io/");
  EXPECT_EQ(bundle.paths().size(), 8u);
  EXPECT_EQ(bundle.file_count(), 2u);
  FakeExchange script("GET", "/socket.io/socket.io.js?v=1");
  bundle.handle(script);
  EXPECT_EQ(script.body(), "client");
  EXPECT_EQ(script.reply().content_type, "application/javascript; charset=utf-8");
  FakeExchange map("GET", "/socket.io/socket.io.min.js.map");
  bundle.handle(map);
  EXPECT_EQ(map.reply().content_type, "application/json; charset=utf-8");
  for (const char* missing : {"/socket.io/socket.io.esm.min.js", "/socket.io/other.js"}) {
    FakeExchange exchange("GET", missing);
    bundle.handle(exchange);
    EXPECT_EQ(exchange.status(), 404u) << missing;
  }
}

TEST(ClientBundle, IsEmptyWithoutItsDirectory) { EXPECT_EQ(ClientBundle("/nonexistent", "/socket.io/").file_count(), 0u); }

TEST(EtagMatches, ComparesListsWeakly) {
  EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("\"b\" , W/\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("*", "\"a\""));
  EXPECT_FALSE(etag_matches("", "\"a\""));
  EXPECT_FALSE(etag_matches("a", "\"a\""));
}

}  // namespace
}  // namespace signaling::net
